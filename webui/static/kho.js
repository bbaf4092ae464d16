// Small helps on every page: "/" goes to the search box, buttons that need a script appear, facets fold on phones.
"use strict";

const KEYS_OFF = "kho-keys-off";

const keysOff = () => {
  try { return localStorage.getItem(KEYS_OFF) === "1"; } catch { return false; }
};

const typing = (target) => target.closest("input, textarea, select, [contenteditable]") !== null;

document.addEventListener("keydown", (event) => {
  if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || keysOff() || typing(event.target)) return;
  const box = document.querySelector("[data-search]");
  if (!box) return;
  event.preventDefault();
  box.focus();
  box.select();
});

// Arrows up and down walk through the hits of a result list once one of them has the focus.
document.addEventListener("keydown", (event) => {
  if (!["ArrowDown", "ArrowUp"].includes(event.key) || !event.target.matches("[data-hit]")) return;
  const links = [...document.querySelectorAll("[data-hit]")];
  const next = links[links.indexOf(event.target) + (event.key === "ArrowDown" ? 1 : -1)];
  if (!next) return;
  event.preventDefault();
  next.focus();
});

for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}

// Copying works without the clipboard interface too: offices serve the look-up over plain http.
for (const button of document.querySelectorAll("[data-copy]")) {
  const text = document.getElementById(button.dataset.copy);
  const told = document.querySelector("[data-copied]");
  button.hidden = false;
  button.addEventListener("click", () => {
    text.select();
    if (document.execCommand("copy")) told.textContent = told.dataset.copied;
  });
}

// The mail opens with what was written on the page, not only with what was prepared.
for (const link of document.querySelectorAll("[data-mail]")) {
  const text = document.getElementById(link.dataset.mail);
  link.addEventListener("click", () => {
    const body = encodeURIComponent(text.value.replaceAll("\n", "\r\n"));
    link.href = link.href.replace(/body=.*$/, () => `body=${body}`);
  });
}

for (const fold of document.querySelectorAll("[data-narrow-closed]")) {
  if (window.matchMedia("(max-width: 760px)").matches) fold.open = false;
}

const keys = document.querySelector("[data-keys]");
if (keys) {
  const box = keys.querySelector("input");
  keys.hidden = false;
  box.checked = !keysOff();
  box.addEventListener("change", () => {
    try { localStorage.setItem(KEYS_OFF, box.checked ? "0" : "1"); } catch { /* private mode: the choice lasts for this page */ }
  });
}
