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

// A link to a folded part opens it.
const unfold = () => {
  const target = location.hash && document.getElementById(location.hash.slice(1));
  if (target instanceof HTMLDetailsElement) {
    target.open = true;
    target.scrollIntoView({ block: "center" });
  }
};
window.addEventListener("hashchange", unfold);
unfold();
