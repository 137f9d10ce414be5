// What makes the pages nicer. Nothing here is needed: every page works without it.
"use strict";

// Buttons that only a script can serve are hidden until there is one.
for (const button of document.querySelectorAll("[data-reveal]")) {
  const field = document.getElementById(button.dataset.reveal);
  const label = button.firstElementChild;
  const show = label.textContent;
  button.hidden = false;
  button.addEventListener("click", () => {
    const shown = field.type === "password";
    field.type = shown ? "text" : "password";
    label.textContent = shown ? button.dataset.hide : show;
  });
  // A password goes out hidden, so that no browser offers it later as plain text.
  field.form.addEventListener("submit", () => {
    field.type = "password";
    label.textContent = show;
  });
}

if (navigator.clipboard) {
  for (const button of document.querySelectorAll("[data-copy]")) {
    const text = document.getElementById(button.dataset.copy).textContent.replace(/\s+/g, "");
    const copy = button.textContent;
    button.hidden = false;
    button.setAttribute("aria-live", "polite");
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(text);
      button.textContent = button.dataset.copied;
      setTimeout(() => (button.textContent = copy), 3000);
    });
  }
}

for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}

// Times in the reader's own zone, in the words the server uses.
const language = document.documentElement.lang;
const locale = language === "en" ? "en-GB" : language;
const dayFormat = new Intl.DateTimeFormat(locale, { day: "numeric", month: "long", year: "numeric" });
const minutes = { hour: "numeric", minute: "2-digit", hourCycle: "h23" };
const timeFormat = new Intl.DateTimeFormat(locale, minutes);
const secondFormat = new Intl.DateTimeFormat(locale, { ...minutes, second: "2-digit" });
const relative = new Intl.RelativeTimeFormat(locale, { numeric: "auto" });
const dayNumber = (date) => Date.UTC(date.getFullYear(), date.getMonth(), date.getDate()) / 86_400_000;
const today = dayNumber(new Date());
for (const time of document.querySelectorAll("time[datetime*=T]")) {
  const at = new Date(time.dateTime);
  if (Number.isNaN(at.getTime())) continue;
  const days = dayNumber(at) - today;
  const near = Math.abs(days) <= 1;
  const day = near ? relative.format(days, "day") : dayFormat.format(at);
  const withTime = /\d:\d\d/.test(time.textContent);
  const between = near || language !== "en" ? " " : ", ";
  const format = /\d:\d\d:\d\d/.test(time.textContent) ? secondFormat : timeFormat;
  time.textContent = withTime ? day + between + format.format(at) : day;
}
for (const zone of document.querySelectorAll("[data-zone]")) {
  zone.textContent = zone.dataset.zone.replace("{zone}", Intl.DateTimeFormat().resolvedOptions().timeZone);
}

// A second click does not send a form twice. Coming back to the page makes it ready again.
const ready = () => document.querySelectorAll("form[data-sent]").forEach((form) => delete form.dataset.sent);
addEventListener("pageshow", ready);
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.method !== "post" || "again" in form.dataset) return;
  if ("sent" in form.dataset) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = "";
  setTimeout(ready, 10_000);
});

// The account menu closes like a menu.
const menu = document.querySelector(".menu");
if (menu) {
  document.addEventListener("click", (event) => {
    if (!menu.contains(event.target)) menu.open = false;
  });
  menu.addEventListener("focusout", (event) => {
    if (event.relatedTarget && !menu.contains(event.relatedTarget)) menu.open = false;
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && menu.open) {
      menu.open = false;
      menu.querySelector("summary").focus();
    }
  });
}
