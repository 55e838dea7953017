/* The quiet reload: once a day, at the minute the profile names, the page is loaded anew, so that a wall that stands for
   months starts afresh. Only while the server answers and no critical alert holds the wall. */
(() => {
  const lk = (window.lightkeeper ??= {});
  if (lk.page.kind !== "wall") return;
  const KEY = "lightkeeper-nightly";
  const RETRY_MS = 60000;
  const at = lk.page.reload_at;
  let tried = -Infinity;

  const done = (day) => sessionStorage.setItem(KEY, day);

  const reload = async (day) => {
    if ((await lk.releaseThere()) === null) return; // an error page would stay for ever
    done(day);
    location.reload();
  };

  let looked = false;
  /** Loads the page anew when the day's minute has come. A page opened after it waits for the next day's. */
  lk.reloadAtNight = (now) => {
    if (!at || lk.lost) return;
    const day = lk.date(now, true);
    const past = lk.clock(now) >= at;
    if (!looked && past) done(day);
    looked = true;
    if (!past || sessionStorage.getItem(KEY) === day || lk.takenOver(now)) return;
    if (performance.now() - tried < RETRY_MS) return;
    tried = performance.now();
    reload(day).catch(() => undefined);
  };
})();
