// What pages do beyond plain links and forms; every page works without it.
"use strict";

document.documentElement.classList.add("js");

// Filters show their answer as soon as a choice is made.
document.addEventListener("change", (event) => {
  const form = event.target.closest("form[data-auto]");
  if (form && event.target.matches("select, input[type=checkbox]")) form.requestSubmit();
});

// A form shows what it would change while it is filled in.
let waiting = 0;
const look = (form) => {
  const place = form.querySelector(form.dataset.look);
  const data = new URLSearchParams(new FormData(form));
  data.set("go", "look");
  const mine = ++waiting;
  fetch(form.action, { method: "POST", body: data, headers: { Accept: "text/html" } })
    .then((answer) => (answer.status === 200 ? answer.text() : ""))
    .then((text) => {
      if (mine !== waiting) return;
      const page = new DOMParser().parseFromString(text, "text/html");
      const found = page.querySelector(form.dataset.look);
      place.replaceChildren(...(found ? found.childNodes : []));
    })
    .catch(() => place.replaceChildren());
};
let timer = 0;
const soon = (event) => {
  const form = event.target.closest("form[data-look]");
  if (!form || event.target.closest("#look")) return;
  clearTimeout(timer);
  timer = setTimeout(() => look(form), 350);
};
document.addEventListener("input", soon);
document.addEventListener("change", soon);

// The months: arrow keys from day to day, and why a day is out in the line below.
const days = (months) => [...months.querySelectorAll("a.d")];
const steps = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -7, ArrowDown: 7 };
const later = (iso, count) => {
  const day = new Date(`${iso}T12:00:00Z`);
  day.setUTCDate(day.getUTCDate() + count);
  return day.toISOString().slice(0, 10);
};
const go = (months, link) => {
  if (!link) return false;
  for (const one of days(months)) one.tabIndex = one === link ? 0 : -1;
  link.focus();
  return true;
};
document.addEventListener("keydown", (event) => {
  const link = event.target.closest ? event.target.closest(".months a.d") : null;
  if (!link || event.ctrlKey || event.metaKey || event.altKey) return;
  const months = link.closest(".months");
  const all = days(months);
  const here = link.dataset.day;
  let wanted = null;
  if (event.key in steps) {
    const day = later(here, steps[event.key]);
    wanted = all.find((one) => one.dataset.day === day);
    if (!wanted) turn(steps[event.key] > 0 ? "next" : "prev", event);
  } else if (event.key === "Home" || event.key === "End") {
    const row = [...link.closest("tr").querySelectorAll("a.d")];
    wanted = event.key === "Home" ? row[0] : row[row.length - 1];
  } else if (event.key === "PageDown" || event.key === "PageUp") {
    const tables = [...months.querySelectorAll("table")];
    const place = tables.indexOf(link.closest("table")) + (event.key === "PageDown" ? 1 : -1);
    if (tables[place]) {
      const same = tables[place].querySelectorAll("a.d");
      wanted = [...same].find((one) => one.dataset.day.slice(8) >= here.slice(8)) || same[same.length - 1];
    } else turn(event.key === "PageDown" ? "next" : "prev", event);
  } else return;
  if (go(months, wanted)) event.preventDefault();
});
const turn = (rel, event) => {
  const link = document.querySelector(`.turn a[rel=${rel}]`);
  if (link) {
    event.preventDefault();
    link.click();
  }
};
const prepare = () => {
  for (const months of document.querySelectorAll(".months")) {
    const all = days(months);
    const first = all.find((one) => one.getAttribute("aria-current")) ||
      all.find((one) => one.classList.contains("suggested")) || all[0];
    for (const one of all) one.tabIndex = one === first ? 0 : -1;
  }
};
prepare();
let asked = 0;
const tell = (event) => {
  const link = event.target.closest ? event.target.closest(".months a.d") : null;
  const line = document.getElementById("why");
  if (!link || !line) return;
  line.textContent = link.getAttribute("aria-label");
  if (!link.matches(".d-blocked, .d-undetermined, .d-closed")) return;
  clearTimeout(asked);
  asked = setTimeout(() => {
    fetch(`${link.closest(".months").dataset.why}&day=${link.dataset.day}`)
      .then((answer) => (answer.ok ? answer.json() : null))
      .then((found) => {
        if (!found || !found.reasons.length || !line.textContent.startsWith(link.getAttribute("aria-label"))) return;
        line.textContent = `${link.getAttribute("aria-label").split(". ")[0]}. ${found.reasons.join(" ")}`;
      })
      .catch(() => {});
  }, 200);
};
document.addEventListener("focusin", tell);
document.addEventListener("mouseover", tell);

// The part of a page about a chosen day, which needs no months.
const choiceOf = (address) =>
  window.htmx.ajax("GET", `${address.split("#")[0]}&part=choice`, { target: "#choice", select: "#choice", swap: "outerHTML" });

// A day that is chosen shows what it changes beside the months, without leaving the page.
document.addEventListener("click", (event) => {
  const link = event.target.closest(".months a.d, .best a");
  const choice = document.getElementById("choice");
  if (!link || !choice || event.ctrlKey || event.metaKey || event.shiftKey || !window.htmx) return;
  event.preventDefault();
  for (const one of document.querySelectorAll("[aria-current=date]")) one.removeAttribute("aria-current");
  for (const one of document.querySelectorAll(`.months a[data-day="${link.dataset.day}"]`)) {
    one.setAttribute("aria-current", "date");
  }
  window.history.replaceState(null, "", link.href);
  Promise.resolve(choiceOf(link.href)).then(() => {
    if (window.matchMedia("(max-width: 900px)").matches) document.getElementById("choice").scrollIntoView();
  });
});

// The timeline: a booking, or a suggested day, is dragged to another day; what that changes is
// shown below, and nothing is saved before its button is pressed.
const line = document.getElementById("timeline");
const shape = (name, values) => {
  const made = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(values)) made.setAttribute(key, value);
  return made;
};
const said = (iso) =>
  new Date(`${iso}T12:00:00Z`).toLocaleDateString(document.documentElement.lang === "en" ? "en-GB" : document.documentElement.lang, {
    weekday: "short", day: "numeric", month: "short", timeZone: "UTC",
  });
const draggable = (figure, link) => {
  const svg = figure.querySelector("svg.fig");
  const lane = svg.querySelectorAll("g.lane")[link.dataset.lane];
  const mark = lane && [...lane.querySelectorAll("use")].find((one) => /^#m-(booked|planned)/.test(one.getAttribute("href")));
  if (!mark) return;
  const { first, earliest, days: count, left, plot } = figure.dataset;
  const step = plot / count;
  const least = Math.round((Date.parse(earliest) - Date.parse(first)) / 864e5);
  const home = mark.getAttribute("x");
  const grip = shape("circle", { class: "grip", cx: home, cy: mark.getAttribute("y"), r: 11 });
  lane.append(grip);
  let guide = null;
  let chosen = "";
  const leave = (back) => {
    if (guide) guide.remove();
    guide = null;
    figure.classList.remove("dragging");
    if (back) {
      mark.setAttribute("x", home);
      grip.setAttribute("cx", home);
    }
  };
  const follow = (event) => {
    const at = new DOMPoint(event.clientX, event.clientY).matrixTransform(svg.getScreenCTM().inverse());
    const place = Math.min(Math.max(Math.floor((at.x - left) / step), least), count - 1);
    const x = Number(left) + (place + 0.5) * step;
    chosen = later(first, place);
    mark.setAttribute("x", x);
    grip.setAttribute("cx", x);
    guide.querySelector("line").setAttribute("x1", x);
    guide.querySelector("line").setAttribute("x2", x);
    const text = guide.querySelector("text");
    text.setAttribute("x", x + (place > count * 0.8 ? -6 : 6));
    text.setAttribute("text-anchor", place > count * 0.8 ? "end" : "start");
    text.textContent = said(chosen);
  };
  grip.addEventListener("pointerdown", (event) => {
    if (event.button) return;
    event.preventDefault();
    grip.setPointerCapture(event.pointerId);
    figure.classList.add("dragging");
    guide = shape("g", { class: "guide", "aria-hidden": "true" });
    guide.append(shape("line", { y1: 30, y2: svg.getAttribute("height") }), shape("text", { y: 26 }));
    svg.append(guide);
    follow(event);
  });
  grip.addEventListener("pointermove", (event) => guide && follow(event));
  grip.addEventListener("pointercancel", () => leave(true));
  grip.addEventListener("pointerup", () => {
    if (!guide) return;
    const moved = mark.getAttribute("x") !== home;
    leave(!moved);
    if (!moved || !window.htmx) return;
    Promise.resolve(choiceOf(`${link.getAttribute("href")}&day=${chosen}`)).then(() => {
      const choice = document.getElementById("choice");
      const title = choice.querySelector("h2");
      choice.classList.add("beside");
      if (title) title.prepend(`${lane.querySelector("text.name").textContent}: `);
      choice.tabIndex = -1;
      choice.focus();
    });
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && guide) leave(true);
  });
};
if (line) for (const link of document.querySelectorAll("a[data-lane]")) draggable(line, link);

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-print]")) window.print();
});
