// @ts-check
// A host in JavaScript or TypeScript that asks a child process; the types stand in comments.
//
//   node host.mjs policy.json < customers.jsonl
//
// reads one customer a line and prints the outcome and the reason of each.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";

/** @typedef {{customer: string, outcome: string, rule: string | null, reason: string,
 *             settled: boolean, missing: string[], version: string}} Decision */

export class Deciding {
  /** @param {string} policy @param {string[]} command */
  constructor(policy, command = ["relmkt"]) {
    const [program, ...rest] = command;
    this.child = spawn(program, [...rest, "decide", policy], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    this.ended = once(this.child, "close");
    /** @type {{resolve: (found: Decision) => void, reject: (why: Error) => void}[]} */
    this.waiting = [];
    createInterface({ input: this.child.stdout }).on("line", (line) => {
      const answer = JSON.parse(line);
      const asked = this.waiting.shift();
      if (answer.error) asked?.reject(new Error(answer.error.message));
      else asked?.resolve(answer);
    });
    this.child.on("close", (code) => {
      for (const asked of this.waiting) asked.reject(new Error(`the command ended with ${code}`));
    });
    this.child.stdin.on("error", () => {}); // told by "close"
  }

  /** Answers come in the order of the questions, so several may be under way.
   * @param {object} facts what is known of one customer; leave out what is not
   * @returns {Promise<Decision>} */
  ask(facts) {
    return new Promise((resolve, reject) => {
      this.waiting.push({ resolve, reject });
      this.child.stdin.write(JSON.stringify(facts) + "\n");
    });
  }

  /** Close its input: the command answers what it has, and ends. */
  async close() {
    this.child.stdin.end();
    const [code] = await this.ended;
    return code;
  }
}

if (import.meta.url === `file://${process.argv[1]}`) {
  const command = process.env.RELMKT?.split("\n") ?? ["relmkt"];
  const deciding = new Deciding(process.argv[2], command);
  for await (const line of createInterface({ input: process.stdin })) {
    try {
      const { customer, outcome, reason } = await deciding.ask(JSON.parse(line));
      console.log(`${customer}: ${outcome}: ${reason}`);
    } catch (error) {
      console.log(`not decided: ${error instanceof Error ? error.message : error}`);
    }
  }
  await deciding.close();
}
