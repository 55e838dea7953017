/* What the panels of the Repairs page share: a head with the age of the source, the looks of a panel that has nothing to
   show, and the longest of several sentences that fits. */
(() => {
  const lk = (window.lightkeeper ??= {});
  if (lk.page.kind !== "wall") return;
  const { h, t } = lk;
  const distance = lk.page.distance;
  const GAP = { "3m": 1.6, "6m": 2, "10m": 3 }[distance]; // rem between the parts of a head, as in wall-repairs-page.css
  const TITLE = { "3m": 2.6, "6m": 4.4, "10m": 7.3 }[distance];
  const ROOMIER = lk.zh ? 1.06 : 1.02; // the browser puts a gap between Chinese and digits that a measured text has not

  lk.wide = (text, size = lk.smallest, bold = false) => lk.textWidth(text, size, bold) * ROOMIER;

  const textOf = (node) => (typeof node === "object" ? node.children.map(textOf).join("") : String(node));

  /** Title, the longest of `said` that leaves room for the age, the age; none without `watch`. `room`: rem of the panel. */
  lk.headNode = (title, said, watch, now, room) => {
    const age = watch && lk.ageNode(watch, now, "age");
    const rest = room - lk.wide(title, TITLE, true) - (age ? lk.wide(textOf(age)) + GAP : 0) - GAP;
    const fits = said.find((text) => lk.wide(text) <= rest);
    return h("div", { class: "head" }, h("b", null, title), fits ? h("span", { class: "q" }, fits) : null, age);
  };

  const WHOSE = {
    work_orders: () => t("order database"),
    outages: () => t("outage database"),
    surveys: () => t("revisit database"),
  };

  /** What stands in a panel whose `table` cannot be shown: an error is boxed, no data a dash and why; null otherwise. */
  lk.blindNode = (table, part, watch) => {
    if (watch.state === "error") return h("div", { class: "void" }, h("b", null, t("cannot be read")), h("div", { class: "q" }, WHOSE[table]()));
    const why = watch.state === "unfed" ? t("not connected") : part && watch.read ? null : t("nothing read yet");
    return why === null ? null : h("div", { class: "none-yet" }, h("div", { class: "value stale" }, "—"), h("div", { class: "q" }, why));
  };

  /** The strip that says that what stands below is old; null while it is not. */
  lk.staleStrip = (watch) => (watch.state === "ok" ? null : h("div", { class: "hatch" }));

  /** A real zero, in words. */
  lk.zeroNode = (text) => h("div", { class: "empty" }, text);
})();
