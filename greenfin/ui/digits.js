/* Digits pressed one after another, however fast: each with its moment and that of the last other key or click before it. The server gets
   the last few every time, so none is lost while it is at work. Digits go this way alone: the shortcuts of the buttons do not see them. */
const MOST = 9;
let last = 0, since = 0, digits = [];
const moment = () => (last = Math.max(last + 1, Date.now()));
const inField = (element) => element instanceof Element && (element.isContentEditable || element.closest("input, textarea, select, [role=dialog]"));
export default function (component) {
  const other = () => { since = moment(); };
  const key = (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || inField(event.target)) return other();
    if (document.querySelector("[role=dialog]") || !/^[1-9]$/.test(event.key)) return other();
    event.preventDefault();
    event.stopImmediatePropagation();
    if (event.repeat) return;
    digits = [...digits, `${moment()}.${since}.${event.key}`].slice(-MOST);
    component.setStateValue("digits", digits.join(" "));
  };
  window.addEventListener("keydown", key, true);
  window.addEventListener("pointerdown", other, true);
  return () => {
    window.removeEventListener("keydown", key, true);
    window.removeEventListener("pointerdown", other, true);
  };
}
