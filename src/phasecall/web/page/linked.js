// A figure in which genes can be pointed at: names under the pointer, a mark at the gene that was chosen.
export default {
  template: `
    <div class="pc-linked" ref="box" @pointermove="point" @pointerleave="near = -1" @click="choose">
      <div class="pc-svg" ref="drawing"></div>
      <span v-if="mark" :class="band ? 'pc-line' : 'pc-ring'" :style="mark" aria-hidden="true"></span>
      <span v-if="near >= 0" class="pc-tip" :style="tip" aria-hidden="true">{{ names[near] }}</span>
    </div>`,
  props: { svg: String, places: Array, names: Array, band: Array, chosen: Number },
  data() {
    return { near: -1 };
  },
  computed: {
    mark() {
      const place = this.places.find((one) => one[0] === this.chosen);
      return place ? this.lay(place) : null;
    },
    tip() {
      const [, x, y] = this.places[this.near];
      const side = x > 0.6 ? { right: `${100 * (1 - x)}%` } : { left: `${100 * x}%` };
      return { top: `${100 * y}%`, ...side };
    },
  },
  mounted() {
    this.draw();
  },
  updated() {
    this.draw();
  },
  methods: {
    draw() {
      // The drawing is ours: its names were escaped where it was drawn.
      if (this.drawn !== this.svg) this.$refs.drawing.innerHTML = this.drawn = this.svg;
    },
    lay([, x, y]) {
      const top = `${100 * y}%`;
      if (!this.band) return { left: `${100 * x}%`, top };
      return { left: `${100 * this.band[0]}%`, width: `${100 * (this.band[1] - this.band[0])}%`, top };
    },
    find(event) {
      const box = this.$refs.drawing.getBoundingClientRect();
      const x = (event.clientX - box.left) / box.width;
      const y = (event.clientY - box.top) / box.height;
      if (this.band && (x < this.band[0] || x > this.band[1])) return -1;
      let best = -1;
      let least = this.band ? 0.01 : (14 / box.width) ** 2;
      this.places.forEach(([, left, top], place) => {
        const across = this.band ? 0 : left - x;
        const down = ((top - y) * box.height) / box.width;
        const far = this.band ? Math.abs(top - y) : across * across + down * down;
        if (far < least) [best, least] = [place, far];
      });
      return best;
    },
    point(event) {
      this.near = this.find(event);
    },
    choose(event) {
      const place = this.find(event);
      if (place >= 0) this.$emit("choose", this.places[place][0]);
    },
  },
};
