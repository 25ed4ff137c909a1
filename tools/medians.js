// The median of each category over several reports of Lighthouse, and what none of them passed. Fails below the least.
const { resolve } = require("path");

const LEAST = { performance: 98, accessibility: 100, "best-practices": 100, seo: 100 };

const [page, ...files] = process.argv.slice(2);
const reports = files.map((file) => require(resolve(file)));
const median = (values) => values.sort((a, b) => a - b)[Math.floor(values.length / 2)];
const score = (id) => median(reports.map((each) => Math.round((each.categories[id].score ?? 0) * 100)));

const scores = Object.keys(LEAST).map((id) => [id, score(id)]);
console.log(page, scores.map(([id, points]) => `${id} ${points}`).join(", "), `(${reports.length} runs)`);
for (const { id, displayValue } of Object.values(reports[0].audits)) {
  const found = reports.map((each) => each.audits[id].score);
  if (found.every((each) => each !== null && each < 0.9)) console.log("  ", id, displayValue || "");
}
for (const [id, points] of scores.filter(([id, points]) => points < LEAST[id])) {
  console.error(`${page}: ${id} is ${points}, and must be ${LEAST[id]}`);
  process.exitCode = 1;
}
