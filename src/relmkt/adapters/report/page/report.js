// The table of customers: sorts, filters and pages what the script tag "data" holds.
(() => {
  "use strict";

  const PAGE = 50;
  const PRINTED = 100;
  const PAUSE = 90; // milliseconds without a key before a filter runs

  const find = (id) => document.getElementById(id);
  const data = JSON.parse(find("data").textContent);
  const size = data.size;
  const columns = data.columns;
  const column = Object.fromEntries(columns.map((one) => [one.key, one]));

  const body = find("table").tBodies[0];
  const heads = [...find("table").tHead.rows[0].cells];
  const whole = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });
  const cents = new Intl.NumberFormat("en-US", {
    minimumFractionDigits: 2,
    maximumFractionDigits: 2,
  });
  const coded = (one) => one.kind === "word" || one.kind === "phrase";
  const collator = new Intl.Collator("en", { numeric: true, sensitivity: "base" });

  let sorted = null; // { key, descending }, or the order given
  let shown = Int32Array.from({ length: size }, (_, row) => row);
  let page = 0;

  // ------------------------------------------------------------------------------ cells

  const amount = (value, digits) => {
    if (digits) return cents.format(value);
    return whole.format(Math.sign(value) * Math.floor(Math.abs(value) + 0.5) || 0);
  };

  const said = (one, row) => {
    const value = one.values[row];
    if (coded(one)) return value < 0 ? "" : one.words[value];
    if (value === null) return "";
    if (one.kind === "amount") return amount(value, one.digits);
    if (one.kind === "risk") return `${Math.round(100 * value)}%`;
    return String(value);
  };

  const cell = (one, row) => {
    const made = document.createElement(one.kind === "id" ? "th" : "td");
    made.className = one.kind;
    made.dataset.label = one.label;
    if (one.kind === "id") {
      made.scope = "row";
      made.setAttribute("role", "rowheader");
      const isolated = document.createElement("bdi");
      isolated.textContent = said(one, row);
      made.append(isolated);
    } else {
      made.setAttribute("role", "cell");
      made.textContent = said(one, row);
    }
    return made;
  };

  const draw = (from, to) => {
    const rows = document.createDocumentFragment();
    for (let at = from; at < to; at += 1) {
      const made = document.createElement("tr");
      made.setAttribute("role", "row");
      made.append(...columns.map((one) => cell(one, shown[at])));
      rows.append(made);
    }
    body.replaceChildren(rows);
  };

  // ---------------------------------------------------------------------- sort and filter

  // For each column the rows in ascending order, those without a value last; made when asked for.
  const orders = new Map();
  const ascending = (key) => {
    if (orders.has(key)) return orders.get(key);
    const one = column[key];
    let keys = one.values;
    if (coded(one)) {
      keys = Float64Array.from(one.values, (code) => (code < 0 ? NaN : code));
    } else if (one.kind === "id" || one.kind === "text") {
      const places = Array.from({ length: size }, (_, row) => row);
      places.sort((a, b) => collator.compare(one.values[a], one.values[b]) || a - b);
      keys = new Float64Array(size);
      let rank = 0;
      places.forEach((row, at) => {
        if (at && collator.compare(one.values[places[at - 1]], one.values[row])) rank = at;
        keys[row] = rank;
      });
    } else {
      keys = Float64Array.from(one.values, (value) => (value === null ? NaN : value));
    }
    const known = [];
    const absent = [];
    for (let row = 0; row < size; row += 1) (Number.isNaN(keys[row]) ? absent : known).push(row);
    const made = { keys, absent, known: Int32Array.from(known) };
    made.known.sort((a, b) => keys[a] - keys[b] || a - b);
    orders.set(key, made);
    return made;
  };

  const ordered = () => {
    if (!sorted) return null;
    const { keys, known, absent } = ascending(sorted.key);
    if (!sorted.descending) return [known, absent];
    // Equal ones keep the order given, whichever way the others run.
    const turned = Int32Array.from(known).sort((a, b) => keys[b] - keys[a] || a - b);
    return [turned, absent];
  };

  let haystack = null;
  const texts = () => {
    if (haystack) return haystack;
    haystack = new Array(size);
    for (let row = 0; row < size; row += 1) {
      haystack[row] = columns
        .filter((one) => one.kind === "id" || one.kind === "text" || coded(one))
        .map((one) => said(one, row))
        .join("\n")
        .toLowerCase();
    }
    return haystack;
  };

  const code = (key, word) => (word === "" ? null : column[key].words.indexOf(word));

  const select = () => {
    const needle = find("find").value.trim().toLowerCase();
    const strategy = code("strategy", find("by-strategy").value);
    const tier = code("tier", find("by-tier").value);
    const hay = needle ? texts() : null;
    const passes = (row) =>
      (strategy === null || column.strategy.values[row] === strategy) &&
      (tier === null || column.tier.values[row] === tier) &&
      (hay === null || hay[row].includes(needle));
    const found = new Int32Array(size);
    let count = 0;
    const keep = (row) => {
      if (passes(row)) found[count++] = row;
    };
    const runs = ordered();
    if (runs) runs.forEach((rows) => rows.forEach(keep));
    else for (let row = 0; row < size; row += 1) keep(row);
    shown = found.subarray(0, count);
  };

  // ------------------------------------------------------------------------------ the page

  const customers = (count) => `${whole.format(count)} customer${count === 1 ? "" : "s"}`;

  const tell = (from, to) => {
    const all = shown.length === size ? "" : ` of ${whole.format(size)}`;
    const by = sorted
      ? `, sorted by ${column[sorted.key].label}, ${sorted.descending ? "descending" : "ascending"}`
      : "";
    const where = shown.length ? `; rows ${whole.format(from + 1)} to ${whole.format(to)}` : "";
    find("status").textContent = `${customers(shown.length)}${all}${by}${where}.`;
  };

  const show = () => {
    const pages = Math.max(1, Math.ceil(shown.length / PAGE));
    page = Math.min(Math.max(page, 0), pages - 1);
    const from = page * PAGE;
    const to = Math.min(from + PAGE, shown.length);
    draw(from, to);
    tell(from, to);
    find("page").textContent = `Page ${whole.format(page + 1)} of ${whole.format(pages)}`;
    for (const button of find("pager").querySelectorAll("button")) {
      const back = button.dataset.page === "first" || button.dataset.page === "previous";
      // Not disabled, so that the button that was just pressed keeps the focus.
      button.setAttribute("aria-disabled", String(back ? page === 0 : page === pages - 1));
    }
    for (const head of heads) {
      const here = sorted && head.dataset.key === sorted.key;
      head.setAttribute("aria-sort", here ? (sorted.descending ? "descending" : "ascending") : "none");
    }
  };

  const refresh = () => {
    select();
    page = 0;
    show();
  };

  const sort = (key) => {
    const numeric = column[key].kind === "amount" || column[key].kind === "risk";
    if (!sorted || sorted.key !== key) sorted = { key, descending: numeric };
    else sorted = { key, descending: !sorted.descending };
    refresh();
  };

  // ------------------------------------------------------------------------------ wiring

  for (const head of heads) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = head.textContent;
    button.addEventListener("click", () => sort(head.dataset.key));
    head.replaceChildren(button);
  }

  let waiting = 0;
  find("find").addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(refresh, PAUSE);
  });
  find("by-strategy").addEventListener("change", refresh);
  find("by-tier").addEventListener("change", refresh);
  find("clear").addEventListener("click", () => {
    find("find").value = find("by-strategy").value = find("by-tier").value = "";
    sorted = null;
    refresh();
  });
  find("pager").addEventListener("click", (event) => {
    const asked = event.target.dataset.page;
    if (!asked || event.target.getAttribute("aria-disabled") === "true") return;
    page = { first: 0, previous: page - 1, next: page + 1, last: Infinity }[asked];
    show();
  });
  for (const link of document.querySelectorAll("a[data-strategy]")) {
    link.addEventListener("click", () => {
      find("find").value = find("by-tier").value = "";
      find("by-strategy").value = link.dataset.strategy;
      refresh();
    });
  }

  // On paper: more rows than on the screen, and a word on what they are.
  let opened = [];
  window.addEventListener("beforeprint", () => {
    const to = Math.min(PRINTED, shown.length);
    draw(0, to);
    tell(0, to);
    opened = [...document.querySelectorAll("details:not([open])")];
    for (const one of opened) one.open = true;
  });
  window.addEventListener("afterprint", () => {
    for (const one of opened) one.open = false;
    show();
  });

  find("controls").hidden = find("pager").hidden = false;
  find("bare").hidden = true;
  show();
})();
