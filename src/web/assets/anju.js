// Everything works without this; it adds the keyboard, and moves the eye to what changed.
"use strict";

// `/` goes to the search box; arrows walk hits and rows marked with data-walk; j and k the same.
document.addEventListener("keydown", (event) => {
  const typing = event.target.matches("input, textarea, select");
  if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey) {
    const box = document.querySelector("[data-search]");
    if (box) { event.preventDefault(); box.focus(); box.select(); }
    return;
  }
  const down = event.key === "ArrowDown" || (!typing && event.key === "j");
  const up = event.key === "ArrowUp" || (!typing && event.key === "k");
  if (!down && !up) return;
  if (typing && !event.target.matches("[data-search]")) return;
  const stops = [...document.querySelectorAll("[data-walk]")].filter((stop) => stop.offsetParent !== null);
  if (stops.length === 0) return;
  const at = stops.indexOf(document.activeElement);
  const to = at < 0 ? (down ? 0 : -1) : at + (down ? 1 : -1);
  event.preventDefault();
  if (to < 0) { document.querySelector("[data-search]")?.focus(); return; }
  stops[Math.min(to, stops.length - 1)].focus();
});

// What is wrong is read out and seen first.
const first = () => document.querySelector("[data-focus]")?.focus();
document.addEventListener("DOMContentLoaded", first);
document.addEventListener("htmx:afterSwap", first);

// A form is sent once, however often its button is pressed.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.hasAttribute("data-again")) return; // a file to take along: the page stays
  if (form.dataset.sent) { event.preventDefault(); return; }
  if (form.method === "post" && !form.hasAttribute("hx-post")) form.dataset.sent = "yes";
});
addEventListener("pageshow", () => document.querySelectorAll("form[data-sent]").forEach((form) => delete form.dataset.sent));

// What asks first.
document.addEventListener("click", (event) => {
  const asks = event.target.closest("[data-sure]");
  if (asks && !confirm(asks.dataset.sure)) event.preventDefault();
  if (event.target.closest("[data-print]")) print();
});

// Undo stays for ten seconds after the page is there.
document.addEventListener("DOMContentLoaded", () => {
  const undo = document.querySelector("[data-undo]");
  if (undo) setTimeout(() => undo.closest("form").remove(), 10_000);
});

// Charts are drawn from the table beside them: <canvas data-chart="bar" data-of="table-id">.
document.addEventListener("DOMContentLoaded", () => {
  if (typeof Chart === "undefined") return;
  const style = getComputedStyle(document.documentElement);
  const colour = (name) => style.getPropertyValue(name).trim();
  Chart.defaults.color = colour("--ink-2");
  Chart.defaults.borderColor = colour("--line");
  Chart.defaults.font.family = colour("--text");
  for (const canvas of document.querySelectorAll("[data-chart]")) {
    const table = document.getElementById(canvas.dataset.of);
    const heads = [...table.tHead.rows[0].cells].map((cell) => cell.textContent.trim());
    const rows = [...table.tBodies[0].rows].map((row) => [...row.cells].map((cell) => cell.dataset.value ?? cell.textContent.trim()));
    const colours = ["--accent", "--waiting", "--good", "--bad"].map(colour);
    const datasets = heads.slice(1).map((label, n) => ({
      label, data: rows.map((row) => Number(row[n + 1]) || 0), backgroundColor: colours[n % 4], borderColor: colours[n % 4],
    }));
    new Chart(canvas, {
      type: canvas.dataset.chart, data: { labels: rows.map((row) => row[0]), datasets },
      options: { animation: false, maintainAspectRatio: false, plugins: { legend: { display: datasets.length > 1 } } },
    });
  }
});

// What only a script can do is there only with one; a file is read into its form here, and sent as its text.
document.addEventListener("DOMContentLoaded", () => {
  for (const part of document.querySelectorAll(".scripted[hidden]")) part.hidden = false;
});
document.addEventListener("change", async (event) => {
  const into = event.target.dataset?.into && document.getElementById(event.target.dataset.into);
  const file = event.target.files?.[0];
  if (!into || !file) return;
  const bytes = await file.arrayBuffer();
  try {
    into.value = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    into.value = new TextDecoder("gb18030").decode(bytes);
  }
  into.focus();
});

// On a phone the menu is one line: the page's own entry is brought into it.
document.addEventListener("DOMContentLoaded", () => {
  document.querySelector(".menu [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });
});
