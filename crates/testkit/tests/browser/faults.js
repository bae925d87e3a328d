// What a page does wrong on a screen of this size: what is cut off or outside, too faint to read (WCAG 2.2 section
// 1.4.3), too small to touch (2.5.8), or has no name.
const found = [];
const say = (what, one) => found.push(`${what}: ${one.outerHTML.replace(/\s+/g, " ").slice(0, 160)}`);
const shown = (one) => {
  const box = one.getBoundingClientRect();
  return one.checkVisibility({ visibilityProperty: true }) && box.width > 1 && box.height > 1 && !one.closest(".skip, .hidden, svg");
};
const scrolls = (one) => one && (/auto|scroll/.test(getComputedStyle(one).overflowX) || scrolls(one.parentElement));
const hasText = (one) => [...one.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.data.trim());

// Colours as red, green, blue and opacity.
const colour = (text) => {
  const parts = text.match(/[\d.]+/g).map(Number);
  return parts.length < 4 ? [...parts, 1] : parts;
};
const over = (top, below) => {
  const opacity = top[3] + below[3] * (1 - top[3]);
  return [0, 1, 2].map((n) => (opacity ? (top[n] * top[3] + below[n] * below[3] * (1 - top[3])) / opacity : 0)).concat(opacity);
};
const ground = (one) => {
  let all = [0, 0, 0, 0];
  for (let up = one; up && all[3] < 1; up = up.parentElement) all = over(all, colour(getComputedStyle(up).backgroundColor));
  return over(all, [255, 255, 255, 1]);
};
const light = (of) => {
  const linear = (value) => (value / 255 <= 0.04045 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4);
  return 0.2126 * linear(of[0]) + 0.7152 * linear(of[1]) + 0.0722 * linear(of[2]);
};
const contrast = (one, other) => {
  const [high, low] = [light(one), light(other)].sort((a, b) => b - a);
  return (high + 0.05) / (low + 0.05);
};

if (document.documentElement.scrollWidth > innerWidth) found.push(`the page is ${document.documentElement.scrollWidth} wide`);
for (const one of document.querySelectorAll("body *")) {
  if (!shown(one)) continue;
  const box = one.getBoundingClientRect();
  const style = getComputedStyle(one);
  const input = /^(INPUT|SELECT|TEXTAREA)$/.test(one.tagName);
  if ((box.right > innerWidth + 1 || box.left < -1) && !scrolls(one)) say("outside", one);
  const ellipsis = style.textOverflow === "ellipsis";
  if (!input && !ellipsis && one.clientWidth && one.scrollWidth > one.clientWidth + 1 && !scrolls(one)) say("cut off", one);
  if (hasText(one) && !one.closest("[aria-hidden=true]")) {
    const below = ground(one);
    const size = parseFloat(style.fontSize);
    const large = size >= 24 || (size >= 18.66 && style.fontWeight >= 700);
    const found = contrast(over(colour(style.color), below), below);
    if (found < (large ? 3 : 4.5)) say(`contrast ${found.toFixed(2)}`, one);
    if (size < 11) say(`${style.fontSize} high`, one);
  }
  // Links within a line may be lower.
  if (/^(A|BUTTON|SUMMARY|SELECT)$/.test(one.tagName) && style.display !== "inline" && (box.height < 22 || box.width < 22)) say("too small", one);
}
for (const one of document.querySelectorAll("input:not([type=hidden], [hidden]), select, textarea"))
  if (one.labels.length < 1 && !one.getAttribute("aria-label")) say("no label", one);
for (const one of document.querySelectorAll("button, a"))
  if (shown(one) && !(one.textContent.trim() || one.getAttribute("aria-label") || one.querySelector('img:not([alt=""])'))) say("no name", one);
for (const one of document.querySelectorAll("img")) {
  if (!one.hasAttribute("alt")) say("no alt", one);
  if (one.complete && one.naturalWidth === 0) say("no picture", one);
}
for (const one of document.querySelectorAll("svg.plot rect")) if (!one.checkVisibility()) say("not drawn", one);
if (document.querySelectorAll("h1").length !== 1) found.push(`${document.querySelectorAll("h1").length} first headings`);
let level = 1;
for (const one of document.querySelectorAll("main :is(h1, h2, h3, h4)")) {
  if (Number(one.tagName[1]) > level + 1) say("a heading too deep", one);
  level = Number(one.tagName[1]);
}
const ids = new Set();
for (const one of document.querySelectorAll("[id]")) {
  if (ids.has(one.id)) say("an id twice", one);
  ids.add(one.id);
}
for (const name of ["aria-describedby", "aria-labelledby", "for"])
  for (const one of document.querySelectorAll(`[${name}]`))
    for (const id of one.getAttribute(name).split(" ")) if (!ids.has(id)) say(`${name} points to nothing`, one);
if (document.querySelectorAll("main").length !== 1 || !document.documentElement.lang) found.push("no main part or no language");
if (!document.title) found.push("no title");
return found;
