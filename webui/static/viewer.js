// The record page: zoom and rotation on the page image, places of fields and words lit up, keys for hits and pages.
// Without this file the page shows the image with its boxes; everything here only adds to that.
"use strict";

const sheet = document.getElementById("sheet");
const boxes = sheet.querySelector(".boxes");
const SVG = "http://www.w3.org/2000/svg";
let viewer = null;

const load = (address) => new Promise((done, failed) => {
  const script = document.createElement("script");
  script.src = address;
  script.onload = done;
  script.onerror = failed;
  document.head.append(script);
});

async function start() {
  // The library would add a style element, which the site's content policy forbids. It does not when it finds
  // one of its own; an inert element of that name satisfies it.
  const marker = document.createElementNS("", "style");
  marker.setAttribute("data-openseadragon-mobile-css", "true");
  document.head.append(marker);
  await load(sheet.dataset.library);
  const levels = JSON.parse(sheet.dataset.levels);
  sheet.classList.add("live");
  fitHeight();
  viewer = OpenSeadragon({
    element: sheet,
    tileSources: { type: "legacy-image-pyramid", levels },
    showNavigationControl: false,
    gestureSettingsMouse: { clickToZoom: false, dblClickToZoom: true },
    gestureSettingsTouch: { dblClickToZoom: true },
    visibilityRatio: 1,
    constrainDuringPan: true,
    maxZoomPixelRatio: 3,
    minZoomImageRatio: 0.7,
    animationTime: 0.4,
    preserveImageSizeOnResize: true,
    drawer: "canvas",
  });
  viewer.addOnceHandler("open", () => {
    const size = viewer.world.getItemAt(0).getBounds();
    viewer.addOverlay({ element: boxes, location: size });
    showTop();
    const current = boxes.querySelector(".now, .lit");
    if (current) bring(current, true);
  });
  viewer.addOnceHandler("open-failed", () => {
    viewer.destroy();
    sheet.classList.remove("live");
    sheet.append(boxes);
  });
  viewer.addHandler("canvas-scroll", scroll);
  for (const button of tools.children) button.hidden = false;
}

// The wheel moves the page as in any reader; with Ctrl it zooms. At the end of the sheet the window scrolls on.
function scroll(event) {
  const wheel = event.originalEvent;
  if (wheel.ctrlKey) return;
  event.preventDefaultAction = true;
  const view = viewer.viewport;
  const before = view.getCenter();
  view.panBy(view.deltaPointsFromPixels(new OpenSeadragon.Point(wheel.deltaX, wheel.deltaY))).applyConstraints();
  event.preventDefault = view.getCenter().minus(before).apply(Math.abs).y > 1e-6;
}

const ACTIONS = {
  in: () => viewer.viewport.zoomBy(1.5).applyConstraints(),
  out: () => viewer.viewport.zoomBy(1 / 1.5).applyConstraints(),
  fit: () => { viewer.viewport.setRotation(0, true); viewer.viewport.goHome(); },
  turn: () => viewer.viewport.setRotation(viewer.viewport.getRotation() + 90),
};

// The frame reaches to the foot of the window, with room for the strip of pages; phones keep the style sheet's height.
function fitHeight() {
  if (window.matchMedia("(max-width: 760px)").matches) return;
  const strip = document.querySelector(".strip");
  const top = sheet.getBoundingClientRect().top + window.scrollY;
  sheet.style.height = `${Math.max(420, window.innerHeight - top - (strip ? strip.offsetHeight : 0) - 8)}px`;
}

// A page is read from its top: fill the width and show the upper part.
function showTop() {
  const size = viewer.world.getItemAt(0).getBounds();
  const view = viewer.viewport.getContainerSize();
  const height = Math.min(size.height, size.width * view.y / view.x);
  viewer.viewport.fitBounds(new OpenSeadragon.Rect(size.x, size.y, size.width, height), true);
}

// Bring a box into view: move only, unless it would be too small to read.
function bring(rect, at_once = false) {
  if (!viewer || !viewer.world.getItemCount()) {
    rect.scrollIntoView({ block: "center" });
    return;
  }
  const image = viewer.world.getItemAt(0);
  const full = boxes.viewBox.baseVal;
  const scale = image.getBounds().width / full.width;
  const [x, y, width, height] = ["x", "y", "width", "height"].map((name) => Number(rect.getAttribute(name)) * scale);
  const target = new OpenSeadragon.Rect(x, y, width, height);
  if (!viewer.viewport.getBounds(true).containsPoint(target.getCenter())) {
    viewer.viewport.panTo(target.getCenter(), at_once).applyConstraints(at_once);
  }
}

// ---- fields: pointing at one lights its place on the page

for (const row of document.querySelectorAll("[data-field-of]")) {
  const rect = boxes.querySelector(`[data-field="${row.dataset.fieldOf}"]`);
  if (!rect) continue;
  const light = (on) => { rect.classList.toggle("lit", on); row.classList.toggle("lit", on); if (on) bring(rect); };
  row.addEventListener("mouseenter", () => light(true));
  row.addEventListener("mouseleave", () => light(false));
  const link = row.querySelector(".where");
  if (link) {
    link.addEventListener("focus", () => light(true));
    link.addEventListener("blur", () => light(false));
    link.addEventListener("click", (event) => { event.preventDefault(); light(true); sheet.scrollIntoView({ block: "nearest" }); });
  }
}

// ---- words: pointing at one in the text lights it on the image; places are fetched once, when first needed

let places = null;
const lines = document.getElementById("lines");
const spot = document.createElementNS(SVG, "rect");
spot.setAttribute("class", "word");
spot.setAttribute("rx", "4");

lines.addEventListener("mouseover", async (event) => {
  const word = event.target.closest("[data-w]");
  if (!word) return;
  places ??= fetch(sheet.dataset.words).then((answer) => answer.json());
  const [, left, top, right, bottom] = (await places).words[Number(word.dataset.w)];
  const values = { x: left - 4, y: top - 4, width: right - left + 8, height: bottom - top + 8 };
  for (const [name, value] of Object.entries(values)) spot.setAttribute(name, value);
  boxes.append(spot);
});
lines.addEventListener("mouseleave", () => spot.remove());

// ---- hits and pages by arrow key: hits first when there is a query, pages with Shift or when there are none

const before = document.getElementById("hit-before");
const after = document.getElementById("hit-after");
const pages = { ArrowLeft: document.querySelector(".tools [rel=prev]"), ArrowRight: document.querySelector(".tools [rel=next]") };

document.addEventListener("keydown", (event) => {
  if (!(event.key in pages) || event.ctrlKey || event.metaKey || event.altKey || keysOff() || typing(event.target)) return;
  if (event.target.closest(".openseadragon-container, .lines")) return;
  const hit = event.key === "ArrowLeft" ? before : after;
  const link = event.shiftKey || !document.querySelector(".hitnav") ? pages[event.key] : hit;
  if (!link) return;
  event.preventDefault();
  location.assign(link.href);
});

// On a touch screen the viewer would catch every swipe, so it starts only when asked to enlarge.

const tools = document.querySelector("[data-viewer-tools]");
const begin = () => start().catch(() => sheet.classList.remove("live"));

tools.hidden = false;
tools.addEventListener("click", (event) => {
  const wanted = event.target.closest("[data-do]");
  if (!wanted) return;
  if (viewer) ACTIONS[wanted.dataset.do]();
  else begin();
});
if (window.matchMedia("(pointer: coarse)").matches) {
  for (const button of tools.children) button.hidden = button.dataset.do !== "in";
} else {
  begin();
}
