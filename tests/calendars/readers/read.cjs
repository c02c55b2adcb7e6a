// Reads a calendar file with ical.js or node-ical and prints what it understood, as JSON.
// usage: node read.cjs PACKAGE_FOLDER ical.js|node-ical FILE
const { createRequire } = require("node:module");
const fs = require("node:fs");
const path = require("node:path");
const load = createRequire(path.join(path.resolve(process.argv[2]), "package.json"));
const [, , , reader, file] = process.argv;
const pad = (number) => String(number).padStart(2, "0");
const day = (year, month, date) => `${year}${pad(month)}${pad(date)}`;

function withIcalJs() {
  const module = load("ical.js");
  const ICAL = module.default || module;
  const root = new ICAL.Component(ICAL.parse(fs.readFileSync(file, "utf8")));
  for (const zone of root.getAllSubcomponents("vtimezone")) {
    ICAL.TimezoneService.register(new ICAL.Timezone(zone));
  }
  const show = (time) =>
    time === null ? null : time.isDate ? day(time.year, time.month, time.day) : time.toUnixTime();
  return root.getAllSubcomponents("vevent").map((component) => {
    const event = new ICAL.Event(component);
    return {
      uid: event.uid,
      start: show(event.startDate),
      end: event.startDate.isDate ? show(event.endDate) : null,
      status: component.getFirstPropertyValue("status"),
      summary: event.summary,
      description: event.description,
      sequence: event.sequence,
    };
  });
}

function withNodeIcal() {
  const module = load("node-ical");
  const parsed = (module.default || module).sync.parseFile(file);
  const text = (value) => (value && typeof value === "object" ? value.val : value);
  return Object.values(parsed)
    .filter((item) => item.type === "VEVENT")
    .map((event) => {
      const whole = event.datetype === "date";
      const show = (time) =>
        whole
          ? day(time.getFullYear(), time.getMonth() + 1, time.getDate())
          : time.getTime() / 1000;
      return {
        uid: event.uid,
        start: show(event.start),
        end: whole ? show(event.end) : null,
        status: event.status,
        summary: text(event.summary),
        description: text(event.description),
        sequence: Number(event.sequence),
      };
    });
}

console.log(JSON.stringify(reader === "ical.js" ? withIcalJs() : withNodeIcal()));
