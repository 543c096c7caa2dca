// Shows every gene of the report: a table to search, sort and turn over, and a card a gene. Names and texts of
// files go into the page as text only, never as markup.
"use strict";

(async () => {
  const PAGE = 50;
  const NONE = -32768;
  const find = (id) => document.getElementById(id);

  const packed = find("genes-data").textContent;
  if (typeof DecompressionStream === "undefined") return;
  const bytes = Uint8Array.from(atob(packed), (letter) => letter.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  const content = await new Response(stream).arrayBuffer();
  const length = new DataView(content).getUint32(0, true);
  const data = JSON.parse(new TextDecoder().decode(new Uint8Array(content, 4, length)));
  const n = data.genes.length;
  const nTimes = data.times.length;
  const nPhases = data.phases.length;
  let place = 4 + length;
  const take = (count, size) => content.slice(place, (place += count * size));
  const profiles = new Uint8Array(take(n * nTimes, 1));
  const chances = new Int16Array(take(n * nPhases, 2));
  const natural = new Int16Array(take(data.dense ? n * 8 : 0, 2));

  // ---- words -------------------------------------------------------------------------------------------
  const DASH = "–";
  const MINUS = "−";
  const THIN = " ";
  const write = (number, digits) =>
    number === null || Number.isNaN(number) ? DASH : number.toFixed(digits).replace("-", MINUS);
  const short = (number) => {
    if (number === null) return DASH;
    if (number === 0) return "0";
    const text = Number(number.toPrecision(2));
    return Math.abs(text) < 1e-3 ? text.toExponential().replace("e-", "e" + MINUS) : String(text);
  };
  const brief = (number) => (number === null ? "" : String(Number(number.toPrecision(3))).replace("-", MINUS));
  const group = (number) => String(number).replace(/\B(?=(\d{3})+$)/g, THIN);
  const phaseOf = (row) => (data.codes[row] < 0 ? "withheld" : data.phases[data.codes[row]].name);
  const nameOf = (row) => data.genes[row];
  const confidenceOf = (row) => {
    let most = -1;
    for (let code = 0; code < nPhases; code++) most = Math.max(most, chances[row * nPhases + code]);
    return most < 0 ? null : most / 1000;
  };
  const percent = (share) => (share === null ? DASH : `${(100 * share).toFixed(1)} %`);
  const remarksOf = (row) =>
    [data.reasons[data.reason[row]], data.flags[data.flag[row]]].filter(Boolean).join("; ");
  const atypical = (row) =>
    data.flags[data.flag[row]].split(";").some((code) => data.patterns.includes(code));
  const interval = (row) => `${write(data.from[row], 0)} to ${write(data.to[row], 0)}`;

  // ---- building ----------------------------------------------------------------------------------------
  const SVG = "http://www.w3.org/2000/svg";
  const make = (tag, properties = {}, ...children) => {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(properties)) {
      if (name in element && name !== "list") element[name] = value;
      else element.setAttribute(name, value);
    }
    element.append(...children);
    return element;
  };
  const draw = (tag, attributes = {}, ...children) => {
    const element = document.createElementNS(SVG, tag);
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    element.append(...children);
    return element;
  };
  const colour = (code) => (code < 0 ? "var(--pc-muted)" : `var(--pc-phase-${code})`);
  const swatch = (code) => {
    const mark = make("span", { className: "swatch" });
    mark.style.background = colour(code);
    return mark;
  };

  // ---- the table ---------------------------------------------------------------------------------------
  const COLUMNS = [
    { title: "Gene", key: nameOf, text: true },
    { title: "Phase", key: (row) => (data.codes[row] < 0 ? nPhases : data.codes[row]) },
    { title: "Confidence", key: confidenceOf, down: true },
    { title: "Peak", key: (row) => data.peak[row] },
    { title: "q", key: (row) => data.q[row] },
    { title: "Values", key: (row) => data.observed[row], down: true },
    { title: "Remarks", key: remarksOf, text: true },
  ];
  const all = Array.from({ length: n }, (_, row) => row);
  const haystack = all.map((row) =>
    `${nameOf(row)} ${data.other[row] || ""} ${phaseOf(row)} ${remarksOf(row)}`.toLowerCase()
  );
  const state = { column: -1, down: false, words: "", show: "", page: 0 };
  let shown = all;

  const table = find("genes-table");
  const body = table.tBodies[0];
  const heads = [...table.tHead.rows[0].cells];
  const search = find("genes-search");
  const select = find("genes-show");
  const count = find("genes-count");
  const pages = find("genes-pages");

  const compare = ({ key, text }) => (one, other) => {
    const [left, right] = [key(one), key(other)];
    // What is not known, or says nothing, comes last, whichever way the table is sorted.
    const [first, second] = [left, right].map((value) => value === null || value === "");
    if (first || second) return first - second || one - other;
    const order = text ? left.localeCompare(right, "en", { numeric: true }) : left - right;
    return (state.down ? -order : order) || one - other;
  };

  const choose = () => {
    const words = state.words.toLowerCase().split(/\s+/).filter(Boolean);
    shown = all.filter((row) => {
      if (state.show === "atypical" ? !atypical(row) : state.show && data.codes[row] !== Number(state.show))
        return false;
      return words.every((word) => haystack[row].includes(word));
    });
    if (state.column >= 0) shown.sort(compare(COLUMNS[state.column]));
    else if (state.show === "atypical") shown.sort((one, other) => data.novelty[one] - data.novelty[other]);
  };

  const lay = (row) => {
    const button = make("button", { type: "button", className: "link" }, nameOf(row));
    button.addEventListener("click", () => open(row));
    const other = data.other[row];
    const cells = [
      make("th", { scope: "row", className: "gene" }, button, ...(other ? [make("small", {}, other)] : [])),
      make("td", { className: "phase" }, ...(data.codes[row] < 0 ? [] : [swatch(data.codes[row])]), phaseOf(row)),
      make("td", { className: "number" }, percent(confidenceOf(row))),
      make("td", { className: "number" },
        data.peak[row] === null ? DASH : `${write(data.peak[row], 0)} (${interval(row)})`),
      make("td", { className: "number" }, short(data.q[row])),
      make("td", { className: "number" }, String(data.observed[row])),
      make("td", {}, remarksOf(row)),
    ];
    return make("tr", {}, ...cells);
  };

  const render = () => {
    const last = Math.max(Math.ceil(shown.length / PAGE) - 1, 0);
    state.page = Math.min(Math.max(state.page, 0), last);
    body.replaceChildren(...shown.slice(state.page * PAGE, (state.page + 1) * PAGE).map(lay));
    if (!shown.length)
      body.append(make("tr", {}, make("td", { colSpan: COLUMNS.length }, "No gene is like that.")));
    count.value = shown.length === n ? `${group(n)} genes` : `${group(shown.length)} of ${group(n)} genes`;
    heads.forEach((head, column) => {
      const sorted = column === state.column;
      head.setAttribute("aria-sort", sorted ? (state.down ? "descending" : "ascending") : "none");
    });
    pages.hidden = !last;
    const [from, to] = [state.page * PAGE, Math.min((state.page + 1) * PAGE, shown.length)];
    find("genes-printed").textContent = `rows ${group(Math.min(from + 1, to))} to ${group(to)} of ${count.value}`;
    previous.disabled = !state.page;
    next.disabled = state.page === last;
    where.textContent = `page ${group(state.page + 1)} of ${group(last + 1)}`;
  };
  const renew = () => {
    state.page = 0;
    choose();
    render();
  };

  heads.forEach((head, column) => {
    const button = make("button", { type: "button", className: "sort" }, COLUMNS[column].title);
    button.addEventListener("click", () => {
      const same = state.column === column;
      state.down = same ? !state.down : Boolean(COLUMNS[column].down);
      state.column = column;
      renew();
    });
    head.replaceChildren(button);
  });
  const turn = (by) => () => {
    state.page += by;
    render();
  };
  const previous = make("button", { type: "button" }, "previous");
  const next = make("button", { type: "button" }, "next");
  const where = make("span", {});
  previous.addEventListener("click", turn(-1));
  next.addEventListener("click", turn(1));
  pages.append(previous, where, next);
  search.addEventListener("input", () => {
    state.words = search.value;
    renew();
  });
  select.addEventListener("change", () => {
    state.show = select.value;
    renew();
  });
  // Not when the form is sent: in the sandbox of a server it cannot be.
  search.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    if (shown.length) open(shown[0]);
  });

  // ---- the card ----------------------------------------------------------------------------------------
  const card = find("card");
  const WIDE = 460;
  const HIGH = 220;
  const EDGE = { left: 52, right: 10, top: 10, bottom: 34 };
  const first = Math.min(...data.times);
  const last = Math.max(...data.times);
  const across = (minute) =>
    EDGE.left + ((WIDE - EDGE.left - EDGE.right) * (minute - first)) / (last - first || 1);
  const upward = (step) => HIGH - EDGE.bottom - ((HIGH - EDGE.top - EDGE.bottom) * step) / data.steps;

  const measured = (row) =>
    data.times
      .map((minute, sample) => [minute, profiles[row * nTimes + sample]])
      .filter(([, step]) => step <= data.steps);
  const average = (points) => {
    const sums = new Map();
    for (const [minute, step] of points) {
      const [sum, many] = sums.get(minute) || [0, 0];
      sums.set(minute, [sum + step, many + 1]);
    }
    return [...sums].sort(([one], [other]) => one - other).map(([minute, [sum, many]]) => [minute, sum / many]);
  };
  const label = (x, y, text, anchor = "middle") =>
    draw("text", { x, y, "text-anchor": anchor, class: "tick" }, text);

  const peaksOf = (row) => {
    const [peak, period] = [data.peak[row], data.period];
    if (peak === null) return [];
    if (period === null) return [0];
    const turns = [];
    for (let k = Math.ceil((first - peak) / period); peak + k * period <= last; k++) turns.push(k * period);
    return turns;
  };

  const profile = (row) => {
    const points = measured(row);
    const ink = colour(data.codes[row]);
    const marks = points.map(([minute, step]) => draw("circle", { cx: across(minute), cy: upward(step), r: 3, fill: ink }));
    const line = average(points).map(([minute, step]) => `${across(minute)},${upward(step)}`).join(" ");
    const top = EDGE.top;
    const bottom = HIGH - EDGE.bottom;
    const bands = peaksOf(row).flatMap((shift) => {
      const from = Math.max(data.from[row] + shift, first);
      const to = Math.min(data.to[row] + shift, last);
      const x = across(data.peak[row] + shift);
      return [
        draw("rect", { x: across(from), y: top, width: Math.max(across(to) - across(from), 0), height: bottom - top, fill: ink, opacity: 0.15 }),
        draw("line", { x1: x, x2: x, y1: top, y2: bottom, stroke: ink, "stroke-dasharray": "4 3" }),
      ];
    });
    const every = Math.ceil(new Set(data.times).size / 8);
    const ticks = [...new Set(data.times)].sort((one, other) => one - other).filter((_, k) => k % every === 0);
    const told = `Values of ${nameOf(row)} over time; it peaks at ${write(data.peak[row], 0)} min`;
    return draw("svg", { viewBox: `0 0 ${WIDE} ${HIGH}`, role: "img", "aria-label": told },
      ...bands,
      draw("line", { x1: EDGE.left, x2: WIDE - EDGE.right, y1: bottom, y2: bottom, class: "axis" }),
      draw("polyline", { points: line, fill: "none", stroke: ink, "stroke-width": 1.5 }),
      ...marks,
      ...ticks.map((minute) => label(across(minute), bottom + 14, String(minute))),
      label((EDGE.left + WIDE - EDGE.right) / 2, HIGH - 4, "minutes"),
      label(EDGE.left - 6, upward(data.steps) + 6, brief(data.high[row]), "end"),
      label(EDGE.left - 6, bottom, brief(data.low[row]), "end"));
  };

  // exp of eight waves, as phasecall.density.lay_out has it.
  const density = (row) => {
    if (!data.dense || natural[row * 8] === NONE) return null;
    const logs = [];
    for (let part = 0; part < 180; part++) {
      const angle = (2 * Math.PI * (part + 0.5)) / 180;
      let sum = 0;
      for (let order = 1; order <= 4; order++) {
        sum += natural[row * 8 + order - 1] * Math.cos(order * angle);
        sum += natural[row * 8 + 3 + order] * Math.sin(order * angle);
      }
      logs.push(sum * data.step);
    }
    const most = Math.max(...logs);
    return logs.map((log) => Math.exp(log - most));
  };
  const at = (turn, radius) => {
    const angle = 2 * Math.PI * turn;
    return [110 + radius * Math.sin(angle), 110 - radius * Math.cos(angle)];
  };
  const arc = (start, width, inner, outer) => {
    const large = width > 0.5 ? 1 : 0;
    const [a, b, c, d] = [at(start, outer), at(start + width, outer), at(start + width, inner), at(start, inner)];
    return `M${a}A${outer},${outer},0,${large},1,${b}L${c}A${inner},${inner},0,${large},0,${d}Z`;
  };
  const circle = (row) => {
    const rings = data.phases.map(({ start, width }, code) =>
      draw("path", { d: arc(start, width, 84, 92), fill: colour(code) }));
    const names = data.phases.map(({ name, start, width }) => {
      const [x, y] = at(start + width / 2, 100);
      return label(x, y + 3, name, x > 130 ? "start" : x < 90 ? "end" : "middle");
    });
    const masses = density(row);
    const ink = colour(data.codes[row]);
    const outline = masses
      ? [draw("path", { d: "M" + masses.map((mass, part) => at((part + 0.5) / 180, 30 + 50 * mass)).join("L") + "Z",
          fill: ink, "fill-opacity": 0.25, stroke: ink })]
      : [];
    const told = masses
      ? `How likely ${nameOf(row)} peaks where on the cell cycle: most likely in ${phaseOf(row)}`
      : `No density of the peak of ${nameOf(row)}`;
    return draw("svg", { viewBox: "-45 0 310 220", role: "img", "aria-label": told }, ...rings, ...names,
      draw("circle", { cx: 110, cy: 110, r: 30, class: "axis", fill: "none" }), ...outline);
  };

  const facts = (row) => {
    const listed = [];
    const say = (term, ...detail) => listed.push(make("dt", {}, term), make("dd", {}, ...detail));
    const chance = data.phases.flatMap(({ name }, code) => {
      const thousandths = chances[row * nPhases + code];
      return thousandths < 0 ? [] : [make("span", { className: "chance" }, swatch(code), `${name} ${percent(thousandths / 1000)}`)];
    });
    if (chance.length) say("phase", ...chance);
    const reason = data.reason[row];
    if (data.reasons[reason]) say("withheld", data.meanings[reason]);
    if (data.sets[data.set[row]]) say("may belong to", data.sets[data.set[row]].replaceAll(";", ", "));
    if (data.peak[row] !== null) say("peak", `${write(data.peak[row], 1)} min (95 %: ${interval(row)})`);
    if (data.p[row] !== null)
      say("rhythm", `p ${short(data.p[row])}, q ${short(data.q[row])}, rank ${group(data.rank[row])}`);
    if (data.amplitude[row] !== null) say("amplitude", brief(data.amplitude[row]));
    say("values", `${data.observed[row]}, ${data.missing[row]} missing`);
    if (data.novelty[row] !== null) say("unlike others", `p ${short(data.novelty[row])}`);
    const sentence = data.sentences[row];
    if (sentence) say("atypical", sentence);
    for (const code of data.flags[data.flag[row]].split(";").filter(Boolean))
      if (!(sentence && data.patterns.includes(code))) say(make("code", {}, code), data.told[code]);
    return make("dl", { className: "facts" }, ...listed);
  };

  const fill = (row) => {
    const other = data.other[row];
    const here = shown.indexOf(row);
    const step = (by, name) => {
      const button = make("button", { type: "button" }, name);
      const target = here < 0 ? undefined : shown[here + by];
      button.disabled = target === undefined;
      button.addEventListener("click", () => {
        open(target);
        // What was pressed is made anew: whoever uses the keyboard stays on it.
        [...card.querySelectorAll("button")].find((one) => one.textContent === name && !one.disabled)?.focus();
      });
      return button;
    };
    const close = make("button", { type: "button", className: "close" }, "close");
    close.addEventListener("click", () => card.close());
    card.setAttribute("aria-label", nameOf(row));
    card.replaceChildren(
      make("header", {},
        make("h3", { tabIndex: -1, autofocus: true }, nameOf(row), ...(other ? [make("small", {}, ` ${other}`)] : [])),
        make("p", { className: "phase" }, swatch(data.codes[row]), phaseOf(row))),
      make("div", { className: "drawings" }, profile(row), circle(row)),
      facts(row),
      make("footer", {}, step(-1, "previous gene"), step(1, "next gene"), close));
  };
  const open = (row) => {
    fill(row);
    if (!card.open) card.showModal();
    history.replaceState(null, "", `#gene=${encodeURIComponent(nameOf(row))}`);
  };
  card.addEventListener("close", () => history.replaceState(null, "", "#genes"));
  card.addEventListener("click", (event) => {
    if (event.target === card) card.close();
  });
  const follow = () => {
    if (!location.hash.startsWith("#gene=")) return;
    const name = decodeURIComponent(location.hash.slice("#gene=".length)).toLowerCase();
    let row = data.genes.findIndex((gene) => gene.toLowerCase() === name);
    if (row < 0) row = all.find((one) => (data.other[one] || "").toLowerCase().split(" ").includes(name)) ?? -1;
    if (row >= 0) open(row);
  };
  addEventListener("hashchange", follow);

  find("genes-about").textContent = "Choose a gene to see its profile and where it may peak.";
  find("genes-form").hidden = false;
  renew();
  follow();
  document.documentElement.dataset.genes = "shown";
})();
