/* Beats: a browser page asks again when something changed, and slowly otherwise. Walls load this file and leave at the
   first line. */
(() => {
  if (document.documentElement.dataset.kind !== "desk") return;
  const lk = (window.lightkeeper ??= {}); // its other files load after this one: nothing of it may be used right away
  const beatEvery = { timeliness: 60000, repeats: 60000, satisfaction: 60000, orders: 20000, alerts: 5000, phones: 2000, hotspots: 60000, sources: 10000 }; // ms; by the class of <main>

  let beat = 0;
  let beatAt = 0;
  let due = false;
  const kindOfPage = () => Object.keys(beatEvery).find((name) => document.getElementById("main")?.classList.contains(name));
  const mayBeat = () => {
    const page = kindOfPage();
    if (!page || document.hidden || !window.dash_clientside?.set_props) return;
    const passed = performance.now() - beatAt;
    if (passed < (due ? Math.min(1000, beatEvery[page]) : beatEvery[page])) return;
    due = false;
    beatAt = performance.now();
    beat += 1;
    if (document.querySelector("main[data-answer]")) document.dispatchEvent(new Event("lightkeeper-beat"));
    else window.dash_clientside.set_props("beat", { data: beat });
  };
  document.addEventListener("DOMContentLoaded", () => {
    lk.subscribe("alerts", () => {
      due ||= ["alerts", "phones"].includes(kindOfPage()); // a list that jumps under the hand each second helps nobody
    });
    lk.subscribe("hotspots", () => {
      due ||= kindOfPage() === "hotspots";
    });
    setInterval(mayBeat, 1000);
  });
})();
