// A file may be dropped anywhere: it goes to the place under the pointer, or to the first one that is shown.
const shown = (zone) => zone.offsetParent !== null;
const zoneOf = (event) => {
  const near = event.target.closest?.("[data-drop]");
  const zones = [...document.querySelectorAll("[data-drop]")];
  // Where no place is shown, the file is a new experiment: the first place is that of the start.
  return near ?? zones.find(shown) ?? zones[0];
};
const holdsFiles = (event) => [...(event.dataTransfer?.types ?? [])].includes("Files");

// What was hidden is shown a moment after the server has said so.
window.focusHeading = (id, tries = 60) => {
  const heading = getHtmlElement(id)?.querySelector("h2");
  if (heading && shown(heading)) {
    heading.tabIndex = -1;
    heading.focus();
  } else if (tries) requestAnimationFrame(() => focusHeading(id, tries - 1));
};
// A page that is loaded anew has lost what it showed: it says of what, since files are not kept.
window.rememberFile = (name) => sessionStorage.setItem("phasecall-file", name);
window.tellLost = () => {
  const name = sessionStorage.getItem("phasecall-file");
  sessionStorage.removeItem("phasecall-file");
  if (name) emitEvent("lost-file", name);
};
window.chooseFile = (id) => getElement(id).$refs.qRef.pickFiles();
document.addEventListener("dragover", (event) => {
  if (!holdsFiles(event)) return;
  event.preventDefault();
  document.body.classList.add("pc-dragging");
});
document.addEventListener("dragleave", (event) => {
  if (!event.relatedTarget) document.body.classList.remove("pc-dragging");
});
document.addEventListener("drop", (event) => {
  if (!holdsFiles(event)) return;
  event.preventDefault();
  document.body.classList.remove("pc-dragging");
  const files = [...event.dataTransfer.files];
  if (files.length > 1) {
    emitEvent("many-files", files.length);
    return;
  }
  const zone = zoneOf(event);
  if (zone) getElement(Number(zone.dataset.drop)).$refs.qRef.addFiles(files);
});
