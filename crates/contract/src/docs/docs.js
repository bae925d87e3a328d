// "Try it": sends what the forms say to the API beside this page and shows what comes back. The page is whole
// without it. The access token is in its field and nowhere else; text from the server is only ever set as text.
"use strict";

const words = document.getElementById("words").dataset;
const tokenForm = document.getElementById("token-form");
const tokenField = document.getElementById("token");

/** Where the API is: beside this page, under any mount and host. */
const base = new URL(".", location.href);

/** What is shown of a body, in characters. */
const MOST_SHOWN = 200000;

/** An element with text or elements in it. */
function element(name, className, ...children) {
  const made = document.createElement(name);
  if (className) made.className = className;
  made.append(...children);
  return made;
}

function token() {
  return tokenField ? tokenField.value.trim() : "";
}

/** The address that a form means, or the names of what it lacks. */
function address(form) {
  let path = form.dataset.path;
  const query = new URLSearchParams();
  const missing = [];
  for (const input of form.querySelectorAll("[data-in]")) {
    const empty = input.value === "";
    if (input.dataset.in === "path") {
      if (empty) missing.push(input.name);
      path = path.replace(`{${input.name}}`, encodeURIComponent(input.value));
    } else if (input.dataset.in === "query" && !empty) {
      query.append(input.name, input.value);
    }
  }
  const url = new URL(base);
  // `pathname` and not a relative address: `//other.example` would be one of another host.
  url.pathname = base.pathname.replace(/\/$/, "") + path;
  url.search = query.toString();
  return { url, missing };
}

function headers(form) {
  const sent = new Headers();
  for (const input of form.querySelectorAll("[data-in=header]")) {
    if (input.value !== "") sent.set(input.name, input.value);
  }
  const carrier = part(form, "carrier");
  const chosen = carrier ? carrier.selectedOptions[0].dataset : {};
  if (chosen.header && token()) sent.set(chosen.header, chosen.prefix + token());
  return sent;
}

/** A JSON object as the fields of a form: lists repeat their name. */
function fill(fields, text) {
  for (const [name, value] of Object.entries(JSON.parse(text))) {
    for (const one of Array.isArray(value) ? value : [value]) {
      fields.append(name, typeof one === "object" && one !== null ? JSON.stringify(one) : String(one ?? ""));
    }
  }
  return fields;
}

/** The body of a form and its content type. What is not JSON is sent as it stands: mistakes can be tried, too. */
function body(form, sent) {
  const field = part(form, "body");
  if (!field || form.dataset.method === "GET" || field.value.trim() === "") return undefined;
  const media = part(form, "media").value;
  try {
    if (media === "application/x-www-form-urlencoded") return fill(new URLSearchParams(), field.value);
    if (media === "multipart/form-data") return fill(new FormData(), field.value);
  } catch {
    // Sent as it stands, below.
  }
  sent.set("Content-Type", media);
  return field.value;
}

function part(form, name) {
  return form.querySelector(`[data-part=${name}]`);
}

/** The body of an answer as text, indented where it is JSON. */
async function read(response) {
  const bytes = await response.arrayBuffer();
  if (bytes.byteLength === 0) return { text: "" };
  let text;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return { text: words.binary };
  }
  try {
    const json = JSON.parse(text);
    return { text: JSON.stringify(json, null, 2), json };
  } catch {
    return { text };
  }
}

/** Whether a text is an access token: a JWT of that type (RFC 9068 section 2.1), or one long opaque token. */
function isAccessToken(text) {
  if (/^[0-9a-f]{40}$/.test(text)) return true;
  const parts = text.split(".");
  if (parts.length !== 3) return false;
  try {
    return JSON.parse(atob(parts[0].replace(/-/g, "+").replace(/_/g, "/"))).typ === "at+jwt";
  } catch {
    return false;
  }
}

/** The first access token anywhere in a body. */
function findToken(value) {
  if (typeof value === "string") return isAccessToken(value) ? value : undefined;
  if (typeof value !== "object" || value === null) return undefined;
  for (const inner of Object.values(value)) {
    const found = findToken(inner);
    if (found) return found;
  }
  return undefined;
}

/** A button that puts a token from an answer into the token field. */
function offer(found) {
  const button = element("button", "quiet-button", words.use);
  button.type = "button";
  button.addEventListener("click", () => {
    tokenField.value = found;
    button.textContent = words.used;
    button.disabled = true;
    tellAboutToken();
  });
  return button;
}

/** A block of code that the keyboard can scroll. */
function block(text) {
  const cut = text.length > MOST_SHOWN;
  const pre = element("pre", "", element("code", "", cut ? text.slice(0, MOST_SHOWN) : text));
  pre.tabIndex = 0;
  return cut ? [pre, element("p", "hint", words.cut)] : [pre];
}

async function show(result, response, started) {
  const milliseconds = Math.round(performance.now() - started);
  const { text, json } = await read(response);
  const status = element("span", `status ${response.status < 400 ? "good" : "bad"}`, String(response.status));
  const line = element("p", "", status, ` ${response.statusText} `, element("span", "media", `${milliseconds} ${words.milliseconds}`));
  const found = tokenField ? findToken(json) : undefined;
  if (found && found !== token()) line.append(" ", offer(found));
  const all = [...response.headers].map(([name, value]) => `${name}: ${value}`).join("\n");
  const shown = element("details", "", element("summary", "", words.headers), ...block(all));
  const content = text === "" ? [element("p", "quiet", words.empty)] : block(text);
  result.replaceChildren(element("h4", "", words.answer), line, ...content, shown);
}

async function send(form, result) {
  const { url, missing } = address(form);
  if (missing.length > 0) {
    result.replaceChildren(element("p", "wrong", `${words.missing} ${missing.join(", ")}`));
    return;
  }
  const button = form.querySelector("button[type=submit]");
  button.disabled = true;
  result.replaceChildren(element("p", "quiet", words.sending));
  const started = performance.now();
  try {
    const sent = headers(form);
    const request = { method: form.dataset.method, body: body(form, sent), headers: sent };
    // No cookies: what is tried here is what any client could do with this token.
    const response = await fetch(url, { ...request, credentials: "omit", cache: "no-store" });
    await show(result, response, started);
  } catch (error) {
    const reason = error instanceof TypeError ? words.failed : error.message;
    result.replaceChildren(element("p", "wrong", reason));
  } finally {
    button.disabled = false;
  }
}

/** Says under every form that would send a token that there is none. */
function tellAboutToken() {
  for (const hint of document.querySelectorAll("[data-part=no-token]")) {
    const carrier = part(hint.closest("form"), "carrier");
    hint.hidden = token() !== "" || !carrier.selectedOptions[0].dataset.header;
  }
}

/** The list of routes is closed where it would fill the screen. */
function foldList() {
  const list = document.querySelector("nav details");
  const narrow = matchMedia("(max-width: 63.99rem)");
  const fold = () => {
    list.open = !narrow.matches;
  };
  fold();
  narrow.addEventListener("change", fold);
  list.addEventListener("click", (event) => {
    if (narrow.matches && event.target.closest("a")) list.open = false;
  });
}

/** Marks the route in the list that is being read. */
function followReading() {
  const links = new Map();
  for (const link of document.querySelectorAll("nav a")) links.set(link.hash.slice(1), link);
  const seen = new Set();
  const observer = new IntersectionObserver((entries) => {
    for (const entry of entries) {
      if (entry.isIntersecting) seen.add(entry.target);
      else seen.delete(entry.target);
    }
    const first = [...document.querySelectorAll("main .card")].find((card) => seen.has(card));
    for (const [id, link] of links) {
      if (first && id === first.id) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
    }
  }, { rootMargin: "-10% 0px -60% 0px" });
  for (const card of document.querySelectorAll("main .card")) observer.observe(card);
}

for (const details of document.querySelectorAll("details.try")) {
  details.hidden = false;
  const form = details.querySelector("form");
  const result = details.querySelector(".result");
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    send(form, result);
  });
  form.addEventListener("change", tellAboutToken);
  const text = part(form, "body");
  if (text) text.rows = Math.min(20, Math.max(4, text.value.split("\n").length));
}
if (tokenForm) {
  tokenForm.hidden = false;
  tokenForm.addEventListener("submit", (event) => event.preventDefault());
  tokenForm.addEventListener("input", tellAboutToken);
  tokenForm.addEventListener("reset", () => setTimeout(tellAboutToken));
  tellAboutToken();
}
foldList();
followReading();
