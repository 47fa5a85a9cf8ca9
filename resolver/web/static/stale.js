// /stale: check one's own list at the source databases.
"use strict";
(() => {
  const { base, copy, getJson, make, table } = window.pages;
  const form = document.getElementById("check");
  const shown = document.getElementById("checked");
  const id = (text) => make("span", { class: "id", text });
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
        : [[[id(one.query)], [one.outcome.replaceAll("_", " ")], [], one.hint ? [one.hint] : []]]);
      const updated = found.checked.map((one) => one.findings.find((finding) => finding.use_now.length)?.use_now[0] || one.query);
      const again = make("button", { type: "button", text: "Copy the updated list" });
      again.addEventListener("click", () => copy(updated.join("\n"), `${updated.length} identifiers`));
      shown.replaceChildren(
        table("Verdicts", [["Input", ""], ["Verdict", "side"], ["Use now", ""], ["Evidence", "small"]], rows),
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
    const evidence = [finding.obstacle || finding.note || ""].filter(Boolean);
    if (finding.evidence) evidence.push(" ", make("a", { href: finding.evidence.url, rel: "noopener external", text: `reply of ${finding.evidence.seen_at.slice(0, 16).replace("T", " ")}` }));
    return [[id(query)], [make("span", { class: bad ? "badge bad" : "badge", text: finding.verdict.replaceAll("_", " ") })],
      finding.use_now.flatMap((curie) => [link(curie), " "]), evidence];
  }
})();
