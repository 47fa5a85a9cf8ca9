// /convert: columns and preview while settings change; the conversion as a job; misses corrected one by one.
"use strict";
(() => {
  const { PASTED, asList, base, copy, getJson, listenForFiles, make, say, table, takeOver } = window.pages;
  const form = document.getElementById("convert");
  const at = (id) => document.getElementById(id);
  const SAMPLE = 256 * 1024;
  const TEXT = /\.(csv|tsv|txt|tab|ndjson|jsonl|list)$/i;
  const LINES = /\.(csv|tsv|txt|tab|list)$/i;  // text whose first line may have the names of the columns
  const given = new URLSearchParams(location.search);
  let file = null, column = given.get("column") || "", header = given.get("header") || "", reading = null, waiting = 0;
  let described = null, describing = null, watched = null;
  const corrections = new Map();  // cells, and the identifier that each is read as
  const chosenNames = new Map();  // identifiers of corrections, as they were suggested

  function settings() {
    const chosen = new URLSearchParams();
    const targets = [...form.querySelectorAll('[name="to"]:checked')].map((box) => box.value);
    chosen.set("to", targets.join(","));
    for (const name of ["species", "to_species", "on_many", "format"]) {
      if (form.elements[name].value) chosen.set(name, form.elements[name].value);
    }
    for (const name of ["best", "stale"]) if (form.elements[name].checked) chosen.set(name, "true");
    if (column) chosen.set("column", column);
    if (header) chosen.set("header", header);
    for (const [name, value] of new URLSearchParams(location.search)) {  // settings of the address that have no field
      if (!(name in form.elements) && !chosen.has(name) && !["column", "header"].includes(name)) chosen.append(name, value);
    }
    return chosen;
  }

  // The table and the corrections; these contain cells, which belong in no address.
  function bodyOf(part) {
    const body = new FormData();
    body.append("file", part, file.name);
    for (const [cell, identifier] of corrections) body.append("correct", `${cell}=${identifier}`);
    return body;
  }

  function showProblem(where, error) {
    const problem = error.problem || {};
    const detail = problem.detail || error.message;
    where.replaceChildren(make("p", { class: "notice bad", role: "alert" },
      make("strong", { text: /[.?!]$/.test(detail) ? detail : `${detail}.` }), ` ${problem.hint || ""}`));
  }

  // --- Columns and preview ------------------------------------------------------------------------------------------

  async function sampleOf(whole) {
    if (whole.size <= SAMPLE || !TEXT.test(whole.name)) return whole;
    const part = new Uint8Array(await whole.slice(0, SAMPLE).arrayBuffer());
    return new File([part.slice(0, part.lastIndexOf(10) + 1)], whole.name);
  }

  async function describe() {
    if (!file) return;
    reading?.abort();
    const own = reading = new AbortController();
    at("columns").setAttribute("aria-busy", "true");
    try {
      const body = bodyOf(await sampleOf(file));
      const chosen = settings();
      chosen.delete("format");
      described = await getJson(`/convert?dry_run=true&${chosen}`, { method: "POST", body, signal: own.signal });
      if (file.name === PASTED && described.header[0] === "column 1") {  // a list without a header gets one
        header = "true";
        return await take(new File(["gene\n", file], PASTED, { type: file.type }));
      }
      showColumns();
      showPreview();
    } catch (error) {
      if (error.name === "AbortError") return;
      at("preview").replaceChildren();
      showProblem(at("columns"), error);
      at("columns").append(make("p", {}, make("label", { for: "column-name", text: "Column of identifiers, by name or number (#2) " }),
        make("input", { type: "text", id: "column-name", value: column })));
      at("column-name").addEventListener("change", (event) => { column = event.target.value.trim(); changed(); });
    } finally {
      if (own === reading) at("columns").removeAttribute("aria-busy");
    }
  }

  const percent = (share) => `${Math.round(100 * share)}%`;

  function showColumns() {
    const rows = described.profile.map((one) => {
      const id = `column-${one.position}`;
      const radio = make("input", { type: "radio", name: "column-choice", id, value: `#${one.position}`, checked: one.taken });
      radio.addEventListener("change", () => { column = radio.value; changed(); });
      const shares = Object.entries(one.shares).map(([what, share]) => `${percent(share)} ${what}`);
      if (shares.length > 5) shares.splice(5, shares.length, "others");
      return [[radio, " ", make("label", { for: id, text: one.column || `#${one.position}` })], [shares.join(", ") || "empty"], [percent(one.found)]];
    });
    const rules = described.plan.columns.flatMap((one) => [one, ...one.then]);
    const why = rules.map((one) => `Column ${one.name} is converted: ${one.why}.`);  // the species is in the notes
    const focused = at("columns").contains(document.activeElement) && document.activeElement.id;
    at("columns").replaceChildren(
      ...describeMixed(rules, () => {}),
      make("h2", { text: "What is in the columns" }),
      table("Columns", [["Column", "date"], ["What is in it", ""], ["Matches genes", "number"]], rows),
      make("p", { class: "small" }, `${why.join(" ")} `, column ? make("button", { type: "button", id: "detect", text: "Choose the column automatically" }) : ""),
      ...(LINES.test(file.name) ? [describeHeader()] : []),
      ...described.notes.map((note) => make("p", { class: "small dim", text: note })));
    at("detect")?.addEventListener("click", () => { column = ""; changed(); });
    if (focused) (at(focused) || at("columns").querySelector("input"))?.focus();
  }

  // A list may begin with a typo, which looks like the name of a column.
  function describeHeader() {
    const box = make("input", { type: "checkbox", id: "has-header", checked: described.header[0] !== "column 1" });
    box.addEventListener("change", () => { header = String(box.checked); changed(); });
    return make("p", { class: "checks" }, make("label", {}, box, " The first line has the names of the columns"));
  }

  // Columns of human and mouse genes: a choice comes before everything else, since nearly every row has two genes.
  function describeMixed(rules, then) {
    const choose = (species) => {
      const button = make("button", { type: "button", text: `Convert as ${species}` });
      button.addEventListener("click", () => { form.elements.species.value = species; changed(); then(); });
      return button;
    };
    return rules.filter((one) => one.species && !one.species.species).map(({ name, species: { votes } }) => make("div", { class: "notice warn", role: "alert" },
      make("p", {}, make("strong", { text: `${name} has genes of both species: ${votes.human.toLocaleString("en")} human and ${votes.mouse.toLocaleString("en")} mouse entries.` }),
        " Entries that can be of either are converted to a gene of each, and fewer of them are found for certain."),
      make("p", {}, choose("human"), " ", choose("mouse"))));
  }

  function showPreview() {
    const names = [...described.header, ...described.added];
    const first = described.header.length;
    const head = make("tr", {}, ...names.map((text, place) => make("th", { scope: "col", text, class: place >= first ? "added" : "" })));
    const body = described.preview.slice(0, 10).map((row) => make("tr", {}, ...row.map((text) => make("td", {}, make("span", { class: "cut", title: text, text })))));
    at("preview").replaceChildren(make("h2", { text: "Preview of the first rows" }),
      make("div", { class: "scroll", role: "group", "aria-label": "Preview", tabindex: "0" },
        make("table", { class: "plain" }, make("thead", {}, head), make("tbody", {}, ...body))));
  }

  function changed() {
    const chosen = settings();
    history.replaceState(history.state, "", `${base}/convert?${chosen}${location.hash}`);
    clearTimeout(waiting);
    waiting = setTimeout(describe, 250);
  }

  function take(chosen) {
    file = chosen;
    corrections.clear();
    if (at("file").files[0] !== file) {  // dropped, pasted or handed over: the field shows it too
      const handed = new DataTransfer();
      handed.items.add(file);
      at("file").files = handed.files;
    }
    at("chosen").textContent = `${file.size.toLocaleString("en")} bytes`;
    return describing = describe();
  }

  // --- The job ------------------------------------------------------------------------------------------------------

  async function submit() {
    if (!file) return say("Choose a table or paste a list first");
    at("go").disabled = true;
    try {
      if (file.name === PASTED) await describing;  // it may get a header
      const job = await getJson(`/convert/jobs?${settings()}`, { method: "POST", body: bodyOf(file) });
      history.pushState(null, "", `${base}/convert?${settings()}#job=${job.id}`);
      watch(job.id);
    } catch (error) {
      at("job").hidden = false;
      showProblem(at("job-result"), error);
    } finally {
      at("go").disabled = false;
    }
  }

  const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

  async function watch(id) {
    watched = id;
    at("job").hidden = false;
    at("job-result").replaceChildren();
    const cancel = make("button", { type: "button", id: "cancel", text: "Cancel" });
    cancel.addEventListener("click", () => getJson(`/convert/jobs/${id}`, { method: "DELETE" }).catch((error) => showProblem(at("job-result"), error)));
    at("job-actions").replaceChildren(cancel);
    at("job-title").focus();
    try {
      for (;;) {
        const job = await getJson(`/convert/jobs/${id}`);
        if (watched !== id) return;
        showProgress(job);
        if (!["waiting", "running"].includes(job.state) && job.finished_at) return showEnd(job);
        await pause(document.hidden ? 2000 : 400);
      }
    } catch (error) {
      if (watched !== id) return;
      at("job-actions").replaceChildren();
      at("job-state").textContent = "";
      showProblem(at("job-result"), error);
    }
  }

  function showProgress(job) {
    const { rows, percent: done, rows_per_s: rate, seconds_left: left } = job.progress;
    at("job-progress").value = done;
    const parts = [`${job.name}: ${job.state.replaceAll("_", " ")}`, `${rows.toLocaleString("en")} rows`];
    if (!job.finished_at && rate) parts.push(`${rate.toLocaleString("en")} rows/s`);
    if (!job.finished_at && left) parts.push(`about ${Math.ceil(left)} s left`);
    at("job-state").textContent = parts.join(", ");
  }

  async function showEnd(job) {
    const actions = at("job-actions");
    actions.replaceChildren();
    const remove = make("button", { type: "button", text: "Remove it now" });
    remove.addEventListener("click", async () => {
      await getJson(`/convert/jobs/${job.id}`, { method: "DELETE" });
      history.replaceState(null, "", `${base}/convert${location.search}`);
      at("job").hidden = true;
      say("The table and its result were removed");
    });
    if (job.links.result) {
      actions.append(make("a", { class: "button main", id: "download", href: base + job.links.result, download: true, text: "Download the result" }), " ",
        make("a", { class: "button", href: base + job.links.report, target: "_blank", text: "Report with pictures" }), " ",
        make("a", { class: "button", href: base + job.links.receipt, download: "receipt.json", text: "Receipt" }), " ");
    }
    actions.append(remove);
    const shown = at("job-result");
    shown.replaceChildren();
    if (job.error) return showProblem(shown, { problem: job.error });
    if (!job.summary) return;
    if (job.summary.warning) shown.append(make("p", { class: "notice warn", text: job.summary.warning }));
    for (const one of job.summary.columns) shown.append(drawOutcomes(one));
    const receipt = await getJson(`${job.links.receipt}`);
    const { columns: rules, ...parameters } = receipt.parameters;
    if (file) shown.prepend(...describeMixed(rules, submit));
    const button = make("button", { type: "button", text: "Copy the methods sentence" });
    button.addEventListener("click", () => copy(receipt.methods_sentence, "the sentence"));
    shown.append(make("h3", { text: "For the methods section" }), make("blockquote", { class: "small", id: "methods", text: receipt.methods_sentence }), make("p", {}, button));
    showCorrections(parameters.correct || {});
    await showMisses(job, rules, parameters);
  }

  const SVG = "http://www.w3.org/2000/svg";
  const COLORS = { resolved: "--good", ambiguous: "--warn", retired: "--warn", not_found: "--bad", unrecognized: "--bad", empty: "--line" };

  function drawOutcomes(one) {
    const total = Object.values(one.outcomes).reduce((sum, count) => sum + count, 0) || 1;
    const svg = document.createElementNS(SVG, "svg");
    svg.setAttribute("viewBox", "0 0 1000 26");
    svg.setAttribute("class", "chart bar");
    svg.setAttribute("preserveAspectRatio", "none");
    svg.setAttribute("role", "img");
    const words = Object.entries(one.outcomes).filter(([, count]) => count).map(([name, count]) => `${count.toLocaleString("en")} ${name.replaceAll("_", " ")}`);
    svg.setAttribute("aria-label", `${one.name}: ${words.join(", ")}`);
    let x = 0;
    for (const [name, count] of Object.entries(one.outcomes)) {
      if (!count) continue;
      const bar = document.createElementNS(SVG, "rect");
      const width = 1000 * count / total;
      for (const [key, value] of Object.entries({ x, y: 2, width: Math.max(width - 2, 1), height: 22, fill: `var(${COLORS[name]})` })) bar.setAttribute(key, value);
      svg.append(bar);
      x += width;
    }
    return make("div", {}, make("h3", { text: /^column /i.test(one.name) ? one.name.replace("column", "Column") : `Column ${one.name}` }), svg,
      make("ul", { class: "tally" }, ...Object.entries(one.outcomes).filter(([, count]) => count).map(
        ([name, count]) => make("li", {}, make("span", { class: `outcome ${name}`, text: name.replaceAll("_", " ") }), ` ${count.toLocaleString("en")}`))),
      ...describeCollisions(one.collisions));
  }

  function describeCollisions(found) {
    if (!found || !found.genes) return [];
    const genes = found.genes === 1 ? "1 gene" : `${found.genes.toLocaleString("en")} genes`;
    return [make("p", { text: `${found.identifiers.toLocaleString("en")} different identifiers map to only ${genes}. ${found.next_step}` })];
  }

  // --- Misses and corrections ---------------------------------------------------------------------------------------

  function showCorrections(applied) {
    const listed = Object.entries(applied);
    if (!listed.length) return;
    at("job-result").append(make("h3", { text: "Corrections" }), make("ul", { id: "corrections" }, ...listed.map(([cell, identifier]) => {
      const undo = make("button", { type: "button", class: "undo", "aria-label": `Undo the correction of ${cell}`, text: "Undo" });
      undo.addEventListener("click", () => { corrections.delete(cell); describe(); submit(); });
      return make("li", {}, make("span", { class: "id", text: cell }), " is read as ", make("span", { class: "id", text: chosenNames.get(identifier) || identifier }), " ", corrections.has(cell) ? undo : "");
    })));
  }

  // Suggestions are those of a query with the namespace and the species that the column was read in.
  async function showMisses(job, rules, parameters) {
    for (const [number, one] of job.summary.columns.entries()) {
      const misses = one.misses.slice(0, 100);
      if (!misses.length) continue;
      const query = new URLSearchParams({ to: "ncbigene" });
      const species = parameters.species || rules[number]?.species?.species;
      if (species) query.set("species", species);
      if (parameters.from) query.set("from", parameters.from);
      const { answers } = await getJson(`/resolve?${query}`, {
        method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(misses.map((miss) => miss.text)),
      }).catch(() => ({ answers: [] }));
      at("job-result").append(make("h3", { text: `Misses in ${one.name}` }), table(`Misses in ${one.name}`,
        [["Cell", "id"], ["Rows", "number"], ["Why", "small"], ["Use instead", ""]],
        misses.map((miss, place) => missRow(miss, answers[place])), "misses"));
    }
    if (!at("job-result").querySelector(".misses")) return;
    const apply = make("button", { type: "button", class: "main", id: "apply", disabled: true, text: "Apply the corrections and convert again" });
    apply.addEventListener("click", () => { describe(); submit(); });
    at("job-result").append(make("p", { class: "actions" }, apply, make("span", { id: "apply-note", class: "small dim", text: file ? "" : "To apply corrections, choose the file again." })));
  }

  function missRow(miss, answer = {}) {
    // By the gene: a suggested name may be that of several genes.
    const suggested = (answer.suggestions || []).map((one) => [one.curie, one.identifier, one.identifier === one.symbol ? one.species : `${one.symbol}, ${one.species}`]);
    if (!suggested.length) suggested.push(...(answer.genes || []).map((gene) => [gene.curie, gene.symbol, gene.species]));
    return [[miss.text], [miss.rows.toLocaleString("en")], [(miss.reason || miss.outcome).replaceAll("_", " ")],
      [suggested.length ? choiceOf(miss.text, suggested.slice(0, 10)) : make("span", { class: "dim", text: "no suggestion" })]];
  }

  function choiceOf(cell, suggested) {
    const select = make("select", { "aria-label": `Replacement for ${cell}` }, make("option", { value: "", text: "leave it" }),
      ...suggested.map(([value, name, what]) => make("option", { value, text: `${name} (${what})` })));
    select.addEventListener("change", () => {
      if (select.value) {
        corrections.set(cell, select.value);
        chosenNames.set(select.value, select.selectedOptions[0].text);
      } else corrections.delete(cell);
      const chosen = [...at("job-result").querySelectorAll(".misses select")].filter((one) => one.value).length;
      at("apply").disabled = !chosen || !file;
      if (file) at("apply-note").textContent = chosen ? `${chosen} correction${chosen === 1 ? "" : "s"}` : "";
    });
    return select;
  }

  // --- Start --------------------------------------------------------------------------------------------------------

  listenForFiles(at("zone"), take);
  // A pasted text is the table from then on, like a chosen file.
  let pasting = 0;
  const takePasted = () => {
    clearTimeout(pasting);
    pasting = 0;
    const text = at("pasted").value;
    if (text.trim()) take(/\t/.test(text) ? new File([text], "pasted.tsv") : asList(text));
  };
  at("pasted").addEventListener("input", () => {
    at("file").required = !file && !at("pasted").value.trim();
    clearTimeout(pasting);
    pasting = setTimeout(takePasted, 400);
  });
  form.addEventListener("change", (event) => { if (event.target.matches('[name="to"], select, [name="best"], [name="stale"]')) changed(); });
  form.addEventListener("submit", (event) => { event.preventDefault(); if (pasting) takePasted(); submit(); });
  at("share").addEventListener("click", () => copy(`${location.origin}${base}/convert?${settings()}`, "the link"));
  const follow = () => {
    const job = /^#job=([0-9a-f]+)$/.exec(location.hash);
    if (job) watch(job[1]);
    else { watched = null; at("job").hidden = true; }
  };
  addEventListener("popstate", follow);
  follow();
  takeOver().then((handed) => { if (handed) take(handed); }).catch(() => {});
})();
