// The median of each category over several reports of Lighthouse, and the audits that none of them passed.
const { resolve } = require("path");
const [page, ...files] = process.argv.slice(2);
const reports = files.map((file) => require(resolve(file)));
const median = (values) => values.sort((a, b) => a - b)[Math.floor(values.length / 2)];
const scores = Object.keys(reports[0].categories).map(
  (id) => `${reports[0].categories[id].title} ${median(reports.map((each) => Math.round(each.categories[id].score * 100)))}`
);
console.log(page, scores.join(", "));
for (const { id, displayValue } of Object.values(reports[0].audits)) {
  const found = reports.map((each) => each.audits[id].score);
  if (found.every((score) => score !== null && score < 0.9)) console.log("  ", id, displayValue || "");
}
