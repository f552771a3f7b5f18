/* Every text that is seen on the page and stands out less from its ground than WCAG 2.1 AA asks (1.4.3): its words, its ratio, what is asked.
   What is disabled is exempt there; signs of an icon font are graphics (1.4.11: 3 to 1). */
() => {
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const once = (of) => {
    const known = new Map();
    return (one) => (known.has(one) ? known.get(one) : known.set(one, of(one)).get(one));
  };
  const rgba = once((colour) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = colour;
    canvas.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = canvas.getImageData(0, 0, 1, 1).data;
    return [r, g, b, a / 255];
  });
  const over = ([r, g, b, a], below) => [r, g, b].map((part, at) => part * a + below[at] * (1 - a));
  const ground = once((element) =>
    element ? over(rgba(getComputedStyle(element).backgroundColor), ground(element.parentElement)) : [255, 255, 255]);
  const opacity = once((element) => (element ? opacity(element.parentElement) * Number(getComputedStyle(element).opacity) : 1));
  const light = (colour) => {
    const [r, g, b] = colour.map((part) => (part / 255 <= 0.04045 ? part / 255 / 12.92 : ((part / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ratio = (one, other) => {
    const [low, high] = [light(one), light(other)].sort((a, b) => a - b);
    return (high + 0.05) / (low + 0.05);
  };
  const asked = (style) => {
    const size = parseFloat(style.fontSize);
    const isLarge = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
    return isLarge || /Material|Icons/.test(style.fontFamily) ? 3 : 4.5;
  };
  const isSeen = (element) => {
    const box = element.getBoundingClientRect();
    const isHidden = getComputedStyle(element).visibility !== "visible" || opacity(element) === 0;
    return box.width > 1 && box.height > 1 && !isHidden && !element.closest(":disabled, [aria-disabled=true], noscript");
  };
  const found = [];
  let seen = 0;
  const look = (element, words, style) => {
    if (!words.trim() || !isSeen(element)) return;
    seen += 1;
    const below = ground(element);
    const [r, g, b, a] = rgba(style.color);
    const got = ratio(over([r, g, b, a * opacity(element)], below), below);
    if (got < asked(style)) found.push(`${words.trim().slice(0, 30)}: ${got.toFixed(2)} < ${asked(style)} (${style.color} on ${below.map(Math.round)})`);
  };
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) look(walker.currentNode.parentElement, walker.currentNode.data, getComputedStyle(walker.currentNode.parentElement));
  for (const box of document.querySelectorAll("input, textarea")) {
    if (["checkbox", "radio", "file"].includes(box.type)) continue;
    look(box, box.value || box.placeholder, getComputedStyle(box, box.value ? null : "::placeholder"));
  }
  return { seen, found: [...new Set(found)] };
}
