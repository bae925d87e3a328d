// Everything works without this. With it, the letters on buttons press them, and pictures open over the page.
"use strict";

(() => {
  document.documentElement.classList.add("keys");
  setTimeout(() => document.documentElement.classList.add("ready"), 400);

  const typing = (target) =>
    target instanceof HTMLElement &&
    (target.isContentEditable || /^(?:TEXTAREA|SELECT)$/.test(target.tagName) ||
      (target.tagName === "INPUT" && !/^(?:checkbox|radio|button|submit)$/.test(target.type)));

  // The letter of the key where a Korean keyboard writes another: `a` is ㅁ there, and Process while its input method is on.
  const pressed = (event) => {
    const other = event.key === "Process" || (event.key.length === 1 && event.key > "~");
    const key = other && /^(?:Key|Digit)(.)$/.exec(event.code);
    return key ? key[1].toLowerCase() : event.key;
  };

  // `data-key` may name several keys, with spaces between them.
  const bound = (key) => {
    const wanted = key.length === 1 ? key.toLowerCase() : key;
    return [...document.querySelectorAll("[data-key]")].find(
      (one) => one.dataset.key.split(" ").includes(wanted) && one.getClientRects().length > 0,
    );
  };

  // Who speaks to the browser can turn the letters off (WCAG 2.2 section 2.1.4).
  const off = () => {
    try {
      return localStorage.getItem("daemun-letters") === "off";
    } catch {
      return false;
    }
  };
  for (const toggle of document.querySelectorAll("[data-letters]")) {
    const say = () => (toggle.textContent = off() ? toggle.dataset.on : toggle.dataset.letters);
    toggle.addEventListener("click", () => {
      try {
        localStorage.setItem("daemun-letters", off() ? "on" : "off");
      } catch {
        // Nothing can be kept here: the letters stay as they are.
      }
      say();
    });
    toggle.hidden = false;
    say();
  }

  // ---- A picture over the page ----
  let dialog;
  const pictures = () => [...document.querySelectorAll("[data-picture]")];
  const show = (link) => {
    if (!dialog) {
      dialog = document.createElement("dialog");
      const image = document.createElement("img");
      const line = document.createElement("p");
      const caption = document.createElement("span");
      const close = document.createElement("button");
      close.type = "button";
      close.textContent = "×";
      close.setAttribute("aria-label", document.body.dataset.close || "Close");
      close.addEventListener("click", () => dialog.close());
      line.append(caption, close);
      dialog.append(image, line);
      dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
      document.body.append(dialog);
    }
    const [image, line] = dialog.children;
    const small = link.querySelector("img");
    image.src = small.src;
    image.alt = small.alt;
    line.firstChild.textContent = small.alt;
    dialog.shown = link;
    if (!dialog.open) dialog.showModal();
  };
  const step = (by) => {
    const all = pictures();
    const at = all.indexOf(dialog.shown);
    if (all.length) show(all[(at + by + all.length) % all.length]);
  };

  // A picture that is damaged or lost says so in its place; without this its name stands there.
  const lost = (image) => {
    const link = image.closest("[data-lost]");
    if (!link) return;
    const told = document.createElement("div");
    told.className = "missing";
    told.textContent = link.dataset.lost;
    const other = pictures().find((one) => one !== link);
    if (other && link.dataset.key) other.dataset.key = link.dataset.key;
    link.replaceWith(told);
  };
  document.addEventListener("error", (event) => event.target.tagName === "IMG" && lost(event.target), true);
  for (const image of [...document.images]) {
    if (image.loading !== "lazy" && image.complete && image.naturalWidth === 0) lost(image);
  }

  document.addEventListener("click", (event) => {
    const link = event.target instanceof Element && event.target.closest("[data-picture]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return;
    event.preventDefault();
    show(link);
  });

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.repeat) return;
    if (dialog && dialog.open) {
      const key = pressed(event);
      if (key === "ArrowRight" || key === "j") step(1);
      else if (key === "ArrowLeft" || key === "k") step(-1);
      else if (key === "v" || key === "o") dialog.close();
      else return;
      event.preventDefault();
      return;
    }
    if (typing(event.target)) {
      if (event.key === "Escape") event.target.blur();
      return;
    }
    // Whoever chose a reason by mistake takes it back.
    if (event.key === "Escape" && event.target.type === "radio") {
      event.target.checked = false;
      event.target.blur();
      return;
    }
    const key = pressed(event);
    if (key.length === 1 && off()) return;
    const found = bound(key);
    if (!found) return;
    event.preventDefault();
    // A letter that was pressed twice is not meant for who comes next: nobody has seen them yet.
    if (found.type === "submit" && !document.documentElement.classList.contains("ready")) return;
    if (!typing(found)) {
      found.focus();
      found.click();
    } else {
      found.focus();
      if (found.select) found.select();
    }
  });

  // A form is sent once, however often its button is pressed.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.dataset.sent) event.preventDefault();
    else form.dataset.sent = "yes";
  });
  addEventListener("pageshow", () => {
    for (const form of document.forms) delete form.dataset.sent;
  });
})();
