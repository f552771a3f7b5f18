/* Keeps the language that the reader chose. */
export default function (component) {
  document.cookie = component.data.cookie;
}
