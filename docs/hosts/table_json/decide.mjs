// Decides by a table that relmkt wrote as JSON, and tries itself on the test vectors beside it.
// Facts are an object of features by name; a feature that is left out, or null, is not known.

import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const COMPARE = {
  "<": (a, b) => a < b,
  "<=": (a, b) => a <= b,
  ">": (a, b) => a > b,
  ">=": (a, b) => a >= b,
  "==": (a, b) => a === b,
  "!=": (a, b) => a !== b,
};

/** True, false, or null where it is not known; `waits` collects the names that it waits for. */
export function holds(when, facts, waits = new Set()) {
  if ("all" in when) return joined(when.all, facts, waits, false);
  if ("any" in when) return joined(when.any, facts, waits, true);
  if ("absent" in when) return (facts[when.absent] == null) === when.is;
  const names = "left" in when ? [when.left, when.right] : [when.feature ?? when.flag ?? when.member];
  const unknown = names.filter((name) => facts[name] == null);
  if (unknown.length) {
    unknown.forEach((name) => waits.add(name));
    return null;
  }
  const value = facts[names[0]];
  if ("bound" in when) return COMPARE[when.op](value, when.bound);
  if ("left" in when) return COMPARE[when.op](value, facts[when.right]);
  if ("flag" in when) return value === when.is;
  return "in" in when ? when.in.includes(value) : !when["not in"].includes(value);
}

/** One part with the decisive answer decides; otherwise one that is unknown leaves it open. */
function joined(parts, facts, waits, decisive) {
  const waiting = new Set();
  let open = false;
  for (const part of parts) {
    const answer = holds(part, facts, waiting);
    if (answer === decisive) return decisive;
    if (answer === null) open = true;
  }
  if (!open) return !decisive;
  waiting.forEach((name) => waits.add(name));
  return null;
}

/** The first rule that holds, unless one before it is unknown and leads elsewhere. */
export function decide(table, facts) {
  const waits = new Set();
  const possible = new Set();
  let first = null;
  for (const rule of table.rules) {
    const answer = holds(rule.when, facts, waits);
    if (answer !== false) possible.add(rule.outcome);
    if (answer === true) {
      first = rule;
      break;
    }
  }
  const settled = first !== null && possible.size === 1;
  return {
    outcome: settled ? first.outcome : table.undecided,
    rule: settled ? first.id : null,
    settled,
    possible: [...possible],
    missing: settled ? [] : [...waits],
    next: settled ? nextInLine(table.rules.slice(table.rules.indexOf(first)), facts) : null,
  };
}

/** The outcome of the first rule that is true and leads elsewhere than the one that decided. */
function nextInLine([first, ...later], facts) {
  for (const rule of [first, ...later]) {
    if (holds(rule.when, facts) !== true) continue;
    if (rule.otherwise) return null;
    if (rule.outcome !== first.outcome) return rule.outcome;
  }
  return null;
}

/** Every rule that holds, and every one that is unknown. */
export function check(checklist, facts) {
  const waits = new Set();
  const answers = checklist.rules.map((rule) => [rule, holds(rule.when, facts, waits)]);
  const ids = (wanted) => answers.filter(([, answer]) => answer === wanted).map(([rule]) => rule.id);
  const held = answers.filter(([, answer]) => answer === true);
  return {
    held: ids(true),
    outcomes: [...new Set(held.map(([rule]) => rule.outcome))],
    unknown: ids(null),
    settled: ids(null).length === 0,
    missing: [...waits],
  };
}

/** How many of the vectors it decides otherwise than the table that wrote them. */
export function failures(table, vectors) {
  if (table.schema !== 1 || vectors.schema !== 1) throw new Error("another version of the format");
  if (table.version !== vectors.version) throw new Error("the vectors are of another table");
  const decided = table.kind === "table" ? decide : check;
  return vectors.vectors.filter((vector) => {
    const found = decided(table, vector.facts);
    return Object.keys(found).some((key) => JSON.stringify(found[key]) !== JSON.stringify(vector[key]));
  });
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const [table, vectors] = process.argv.slice(2, 4).map((path) => JSON.parse(readFileSync(path, "utf8")));
  const wrong = failures(table, vectors);
  wrong.slice(0, 5).forEach((vector) => console.error(JSON.stringify(vector)));
  console.log(`${vectors.vectors.length - wrong.length} of ${vectors.vectors.length} agree`);
  process.exitCode = wrong.length ? 1 : 0;
}
