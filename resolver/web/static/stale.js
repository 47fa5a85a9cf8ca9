// /stale: check one's own list at the source databases.
"use strict";
(() => {
  const { base, copy, getJson, make } = window.pages;
  const form = document.getElementById("check");
  const shown = document.getElementById("checked");
  const link = (curie) => make("a", { class: "id", href: `${base}/lookup/${encodeURIComponent(curie)}`, text: curie });

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const lines = document.getElementById("check-list").value.split(/[\r\n]+/).map((line) => line.trim()).filter(Boolean);
    if (!lines.length) return;
    const button = form.querySelector("button");
    button.disabled = true;
    shown.replaceChildren(make("p", { class: "dim", text: "Checking…" }));
    try {
      const found = await getJson("/check", { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(lines.slice(0, 200)) });
      const rows = found.checked.flatMap((one) => one.findings.length
        ? one.findings.map((finding) => row(one.query, finding))
        : [make("tr", {}, make("td", { class: "id", text: one.query }), make("td", { text: one.outcome.replaceAll("_", " ") }), make("td", {}), make("td", { class: "small", text: one.hint || "" }))]);
      const head = make("thead", {}, make("tr", {}, ...["Input", "Verdict", "Use now", "Evidence"].map((text) => make("th", { scope: "col", text }))));
      const updated = found.checked.map((one) => one.findings.find((finding) => finding.use_now.length)?.use_now[0] || one.query);
      const again = make("button", { type: "button", text: "Copy the updated list" });
      again.addEventListener("click", () => copy(updated.join("\n"), `${updated.length} identifiers`));
      shown.replaceChildren(
        make("div", { class: "scroll", role: "group", "aria-label": "Verdicts", tabindex: "0" }, make("table", { class: "plain" }, head, make("tbody", {}, ...rows))),
        make("p", {}, again));
      if (lines.length > 200) shown.append(make("p", { class: "dim", text: "The first 200 were checked." }));
    } catch (error) {
      shown.replaceChildren(make("p", { class: "notice bad", role: "alert", text: `${error.message} ${error.problem?.hint || ""}` }));
    } finally {
      button.disabled = false;
    }
  });

  function row(query, finding) {
    const bad = !["current", "not_checked"].includes(finding.verdict);
    const evidence = make("td", { class: "small" }, finding.obstacle || finding.note || "");
    if (finding.evidence) evidence.append(" ", make("a", { href: finding.evidence.url, rel: "noopener external", text: `reply of ${finding.evidence.seen_at.slice(0, 16).replace("T", " ")}` }));
    return make("tr", {}, make("td", { class: "id", text: query }),
      make("td", {}, make("span", { class: bad ? "badge bad" : "badge", text: finding.verdict.replaceAll("_", " ") })),
      make("td", {}, ...finding.use_now.flatMap((curie) => [link(curie), " "])), evidence);
  }
})();
