/* The filter bar: controls follow the address, and each change of a control moves the page to another address. */
(() => {
  if (document.documentElement.dataset.kind !== "desk") return;
  const lk = (window.lightkeeper ??= {}); // its other files may load after this one
  const t = (...args) => lk.t(...args);
  const LOOKS = ["figure", "every", "by"]; // what is looked at narrows nothing
  const WORDS = ["unit", "period", "from", "to", "category", "channel", "state", "customer", "events", "exempt", ...LOOKS];
  const USUAL = { period: "7d", state: "all", events: "with", exempt: "after", by: "unit" };
  const find = (word) => document.getElementById(`filter-${word}`);
  const usual = (word) => find(word)?.dataset.usual ?? USUAL[word]; // some mean something else on each page
  let known = ""; // which units the control offers
  lk.unitsKnown = () => known;
  let days = null; // first and last day shown: what own dates start from

  const valuesOf = (asked) => {
    const values = Object.fromEntries(WORDS.map((word) => [word, asked.get(word) || usual(word) || ""]));
    if (asked.has("from") || asked.has("to")) values.period = "dates";
    return values;
  };
  const follow = () => {
    if (!find("fold")) return;
    const asked = new URLSearchParams(location.search);
    const values = valuesOf(asked);
    for (const [word, value] of Object.entries(values)) if (word !== "unit" && find(word) && find(word).value !== value) find(word).value = value;
    if (find("dates")) find("dates").hidden = values.period !== "dates";
    if (find("unit") && find("unit") !== document.activeElement) find("unit").value = nameOf(values.unit);
    const narrowing = WORDS.filter((word) => asked.get(word) && word !== "to" && !LOOKS.includes(word)).length + (asked.has("to") && !asked.has("from"));
    find("fold").textContent = narrowing ? t("Filters ({n})", { n: narrowing }) : t("Filters");
  };
  document.addEventListener("lightkeeper-address", follow);
  document.addEventListener("lightkeeper-filled", ({ target }) => {
    if (target.id === "filter-fields") known = ""; // a new page
    if (target.id === "filter-fields" || target.classList.contains("chosen") || LOOKS.includes(target.id.replace("filter-", ""))) follow();
  });
  document.addEventListener("lightkeeper-answer", ({ detail }) => {
    if (!find("fold")) return;
    days = detail.days ?? days;
    if (!detail.units) return;
    known = detail.units_known;
    lk.put("filter-units", detail.units);
    follow();
  });

  const narrow = (changed) => {
    const asked = new URLSearchParams(location.search);
    for (const [word, value] of Object.entries(changed)) {
      if (value && value !== usual(word)) asked.set(word, value);
      else asked.delete(word);
    }
    const text = asked.toString();
    lk.go(text ? `?${text}` : "");
  };
  document.addEventListener("change", ({ target }) => {
    const word = target.id?.startsWith("filter-") ? target.id.slice("filter-".length) : null;
    if (!WORDS.includes(word) || word === "unit") return;
    if (word !== "period") narrow({ [word]: target.value });
    else if (target.value !== "dates") narrow({ period: target.value, from: null, to: null });
    else if (days) narrow({ period: null, from: days[0], to: days[1] });
  });

  // ---- the unit: some hundred, so one types a part of its name or picks it of the list ------------------------------
  const units = () => [...(find("units")?.options ?? [])];
  const nameOf = (code) => (code ? (units().find((one) => one.dataset.code === code)?.value ?? code) : "");
  /** The unit that `text` means: its name, or the only name that holds it. */
  const meant = (text) => {
    const exact = units().find((one) => one.value === text || one.dataset.code === text);
    const near = units().filter((one) => one.value.includes(text));
    return exact ?? (near.length === 1 ? near[0] : null);
  };
  const take = (entry, one) => {
    entry.setCustomValidity("");
    narrow({ unit: one.dataset.code });
    entry.blur();
  };
  const isUnit = (target) => target.id === "filter-unit";
  document.addEventListener("focusin", ({ target }) => {
    if (!isUnit(target)) return;
    if (target.value) target.placeholder = target.value;
    target.value = ""; // a list offers only what holds the text, so the whole list needs none
  });
  document.addEventListener("focusout", ({ target }) => {
    if (!isUnit(target)) return;
    target.setCustomValidity("");
    target.placeholder = units()[0]?.value ?? target.placeholder;
    target.value = nameOf(new URLSearchParams(location.search).get("unit"));
  });
  const TYPED = ["insertText", "insertCompositionText", "insertFromComposition"];
  document.addEventListener("input", ({ target, inputType }) => {
    if (!isUnit(target)) return;
    target.setCustomValidity("");
    const picked = TYPED.includes(inputType) || inputType?.startsWith("delete") ? null : units().find((one) => one.value === target.value);
    if (picked) take(target, picked);
  });
  document.addEventListener("keydown", (event) => {
    const { key, target } = event;
    if (!isUnit(target) || event.isComposing || event.keyCode === 229) return; // a word that is still being written
    if (key === "Escape") {
      event.preventDefault(); // it closes nothing else
      target.blur();
    }
    if (key !== "Enter" || !target.value) return;
    const one = meant(target.value.trim());
    if (one) take(target, one);
    else {
      target.setCustomValidity(target.dataset.none);
      target.reportValidity();
    }
  });

  document.addEventListener("click", async ({ target }) => {
    if (!target.matches?.(".filters [data-done]")) return;
    const usual = target.textContent;
    await navigator.clipboard.writeText(location.href);
    target.textContent = target.dataset.done;
    setTimeout(() => (target.textContent = usual), 1500);
  });
})();
