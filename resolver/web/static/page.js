// What all pages share: suggestions while typing, copy buttons, and handing a list or a table to /convert.
"use strict";
(() => {
  const root = document.documentElement;
  const base = root.dataset.base;
  root.classList.add("has-js");
  const status = document.getElementById("status");
  const quiet = document.getElementById("quiet");
  let timer = 0;

  function say(text) {
    status.textContent = text;
    clearTimeout(timer);
    timer = setTimeout(() => { status.textContent = ""; }, 3000);
  }

  function make(tag, attributes = {}, ...children) {
    const node = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
      if (name === "text") node.textContent = value;
      else if (value === true) node.setAttribute(name, "");
      else if (value !== false && value != null) node.setAttribute(name, value);
    }
    node.append(...children);
    return node;
  }

  // A table of rows: columns are [name, class of its cells]; a cell is a list of nodes and texts.
  function table(label, columns, rows, kind = "") {
    const head = make("tr", {}, ...columns.map(([text, of]) => make("th", { scope: "col", text, class: of })));
    const body = rows.map((cells) => make("tr", {}, ...cells.map((cell, place) => {
      const [text, of] = columns[place];
      return make("td", { class: of, "data-label": place && of !== "side" && cell.length ? text : null }, ...cell);
    })));
    return make("div", { class: "scroll", role: "group", "aria-label": label, tabindex: "0" },
      make("table", { class: `plain rows ${kind}` }, make("thead", {}, head), make("tbody", {}, ...body)));
  }

  async function copy(text, what) {
    try {
      await navigator.clipboard.writeText(text);
    } catch {  // not a secure context, or not permitted
      const field = make("textarea", { class: "hidden" });
      field.value = text;
      document.body.append(field);
      field.select();
      document.execCommand("copy");
      field.remove();
    }
    say(`Copied ${what}`);
  }

  async function getJson(path, options = {}) {
    const response = await fetch(base + path, { ...options, headers: { Accept: "application/json", ...options.headers } });
    const body = response.status === 204 ? null : await response.json();
    if (!response.ok) throw Object.assign(new Error(body.detail || `Status ${response.status}`), { problem: body });
    return body;
  }

  // --- Handing over to /convert: lists by the session, files by the browser's own database -------------------------

  function database() {
    return new Promise((resolve, reject) => {
      const opening = indexedDB.open("gene-xref-resolver", 1);
      opening.onupgradeneeded = () => opening.result.createObjectStore("files");
      opening.onsuccess = () => resolve(opening.result);
      opening.onerror = () => reject(opening.error);
    });
  }

  function transact(db, mode, act) {
    return new Promise((resolve, reject) => {
      const request = act(db.transaction("files", mode).objectStore("files"));
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
    });
  }

  async function handOver(file) {
    const key = `${Date.now()}-${Math.random().toString(36).slice(2)}`;
    await transact(await database(), "readwrite", (files) => files.put(file, key));
    sessionStorage.setItem("handed-over", key);
    location.href = `${base}/convert`;
  }

  async function takeOver() {
    const key = sessionStorage.getItem("handed-over");
    if (!key) return null;
    sessionStorage.removeItem("handed-over");
    const db = await database();
    const file = await transact(db, "readonly", (files) => files.get(key));
    await transact(db, "readwrite", (files) => files.delete(key));
    return file;
  }

  const PASTED = "pasted-list.txt";
  const asList = (text) => new File([text.trim() + "\n"], PASTED, { type: "text/plain" });

  // --- Drop zones ---------------------------------------------------------------------------------------------------

  function listenForFiles(zone, take) {
    const input = zone.querySelector('input[type="file"]');
    zone.addEventListener("dragover", (event) => { event.preventDefault(); zone.classList.add("over"); });
    zone.addEventListener("dragleave", () => zone.classList.remove("over"));
    zone.addEventListener("drop", (event) => {
      event.preventDefault();
      zone.classList.remove("over");
      if (event.dataTransfer.files.length) take(event.dataTransfer.files[0]);
    });
    input.addEventListener("change", () => { if (input.files.length) take(input.files[0]); });
  }

  // --- Suggestions --------------------------------------------------------------------------------------------------

  function suggest(form) {
    const field = form.querySelector("textarea");
    const list = form.querySelector('[role="listbox"]');
    let at = -1, newest = 0, waiting = 0;
    field.setAttribute("aria-autocomplete", "list");
    field.setAttribute("aria-controls", list.id);

    const fit = () => {
      const lines = field.value.split("\n").length;
      field.rows = Math.min(Math.max(lines, 1), 10);
    };
    const close = () => { list.hidden = true; list.replaceChildren(); at = -1; field.removeAttribute("aria-activedescendant"); };
    const open = (curie) => { location.href = `${base}/lookup/${encodeURIComponent(curie).replaceAll("%3A", ":")}`; };

    function choose(step) {
      const options = [...list.children];
      if (!options.length) return;
      at = (at + step + options.length) % options.length;
      options.forEach((one, number) => one.setAttribute("aria-selected", String(number === at)));
      options[at].scrollIntoView({ block: "nearest" });
      field.setAttribute("aria-activedescendant", options[at].id);
    }

    async function look() {
      const text = field.value.trim();
      const number = ++newest;
      if (text.length < 2 || /[\n\t]/.test(text)) return close();
      try {
        const found = await getJson(`/search?limit=8&q=${encodeURIComponent(text)}`);
        if (number !== newest || document.activeElement !== field) return;
        close();
        found.hits.forEach((hit, place) => {
          const option = make("li", { role: "option", id: `${list.id}-${place}`, "aria-selected": "false" },
            make("strong", { text: hit.symbol }), make("span", { class: "badge", text: hit.species }),
            ...(hit.name ? [make("span", { text: hit.name })] : []));
          if (hit.text.toLowerCase() !== hit.symbol.toLowerCase()) {
            option.append(make("span", { class: "dim small", text: `${hit.kind.replaceAll("_", " ")} ${hit.text}` }));
          }
          option.addEventListener("mousedown", (event) => { event.preventDefault(); open(hit.curie); });
          option.dataset.curie = hit.curie;
          list.append(option);
        });
        list.hidden = !found.hits.length;
        if (found.hits.length) quiet.textContent = (`${found.hits.length} suggestion${found.hits.length === 1 ? "" : "s"}`);
      } catch { close(); }
    }

    field.addEventListener("input", () => { fit(); clearTimeout(waiting); waiting = setTimeout(look, 120); });
    field.addEventListener("blur", () => setTimeout(close, 150));
    field.addEventListener("keydown", (event) => {
      if (event.isComposing) return;
      if (event.key === "Escape") { ++newest; close(); }
      else if (event.key === "ArrowDown" && !list.hidden) { event.preventDefault(); choose(1); }
      else if (event.key === "ArrowUp" && !list.hidden) { event.preventDefault(); choose(-1); }
      else if (event.key === "Enter" && !event.shiftKey) {
        if (at >= 0) { event.preventDefault(); open(list.children[at].dataset.curie); }
        else if (!field.value.includes("\n")) { event.preventDefault(); if (field.value.trim()) form.requestSubmit(); }
      }
    });
    fit();
  }

  // --- Copy buttons -------------------------------------------------------------------------------------------------

  const ICON = '<svg viewBox="0 0 16 16" width="13" height="13" aria-hidden="true"><path d="M5 5V2.500h8.500V11H11M2.500 5H11v8.500H2.500z" fill="none" stroke="currentColor" stroke-width="1.500"/></svg>';

  function addCopyButtons() {
    for (const id of document.querySelectorAll(".box .id[data-curie]")) {
      const button = make("button", { type: "button", class: "copy", "aria-label": `Copy ${id.textContent}` });
      button.innerHTML = ICON;
      button.addEventListener("click", () => copy(id.textContent, id.textContent));
      const version = id.parentElement.querySelector(".version");
      const whole = make("span", { class: "whole" });
      id.replaceWith(whole);
      whole.append(id, ...(version ? [version] : []), button);
    }
    for (const button of document.querySelectorAll("[data-copy]")) {
      const { copy: text, what } = button.dataset;
      button.addEventListener("click", () => copy(text, `${text.split("\n").length} ${what}`));
    }
    for (const button of document.querySelectorAll("[data-copy-url]")) {
      button.addEventListener("click", async () => {
        const response = await fetch(button.dataset.copyUrl, { headers: { Accept: "application/json" } });
        copy(JSON.stringify(await response.json(), null, 2), "JSON");
      });
    }
    for (const button of document.querySelectorAll("[data-copy-cells]")) {
      button.addEventListener("click", () => {
        const cells = [...document.querySelectorAll(`[data-cell="${button.dataset.copyCells}"]`)];
        copy(cells.map((cell) => cell.dataset.curie).join("\n"), `${cells.length} genes`);
      });
    }
  }

  // On paper, everything is open.
  addEventListener("beforeprint", () => document.querySelectorAll("main details").forEach((one) => { one.open = true; }));
  document.querySelectorAll("[data-search]").forEach(suggest);
  document.querySelectorAll("[data-drop]").forEach((zone) => listenForFiles(zone, handOver));
  addCopyButtons();
  const list = document.getElementById("list-text");
  document.querySelector("[data-convert-list]")?.addEventListener("click", () => handOver(asList(list.value)));
  window.pages = { PASTED, asList, base, copy, getJson, listenForFiles, make, say, table, takeOver };
})();
