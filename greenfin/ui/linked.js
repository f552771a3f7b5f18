/* A click (or Enter) on anything that has data-go tells the server where the reader wants to go. */
export default function (component) {
  const go = (event) => {
    if (event.type === "keydown" && event.key !== "Enter") return;
    const found = event.target instanceof Element ? event.target.closest("[data-go]") : null;
    if (!found) return;
    event.preventDefault();
    component.setTriggerValue("go", found.dataset.go);
  };
  document.addEventListener("click", go);
  document.addEventListener("keydown", go);
  return () => {
    document.removeEventListener("click", go);
    document.removeEventListener("keydown", go);
  };
}
