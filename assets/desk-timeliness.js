/* Links of pages with a trend change the filter or the figure; what else is looked at stays as the address has it now. */
(() => {
  if (document.documentElement.dataset.kind !== "desk") return;
  const lk = (window.lightkeeper ??= {}); // its other files may load after this one
  const LOOKS = ["figure", "every", "by"];
  document.addEventListener(
    "click",
    (event) => {
      const link = event.target.closest?.("main:has(#trend) :is(a.slice, .chips a, a.choose)");
      if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      event.stopPropagation();
      const [wanted, here] = [new URLSearchParams(link.search), new URLSearchParams(location.search)];
      for (const word of LOOKS) {
        if (word === "figure" && link.classList.contains("choose")) continue;
        if (here.has(word)) wanted.set(word, here.get(word));
        else wanted.delete(word);
      }
      lk.go(wanted.size ? `?${wanted}` : "");
      if (link.closest("table")) document.getElementById("trend")?.scrollIntoView({ block: "nearest" });
    },
    true,
  );
})();
