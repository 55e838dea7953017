"""The few lines of script that stand in a wall's own HTML, for when the scripts beside it did not arrive.

A server that dies between the page and its scripts leaves a page on which nothing runs that could try again, or a
page that Dash has emptied because the chart library did not come.
"""

from typing import Final

# Twice in a row 10 s apart: a slow network may take its time. Each further reload waits twice as long, to 5 minutes.
SCRIPT: Final = """<script>
(() => {
  const TIMES = "lightkeeper-mended";
  const LASTING = 60; // looks: after ten good minutes earlier reloads are forgotten
  const began = performance.now();
  let broken = false;
  let bad = 0;
  let good = 0;
  addEventListener("error", (event) => {
    broken ||= event.target instanceof HTMLScriptElement || event.target instanceof HTMLLinkElement;
  }, true);
  const whole = () =>
    !broken &&
    performance.now() - (window.lightkeeper?.drawnAt ?? performance.now()) < 30000 &&
    window.lightkeeper?.answers !== undefined &&
    (window.lightkeeper.answers === 0 || document.querySelector("#wall .screen.on")) &&
    !document.querySelector("._dash-loading, ._dash-error") &&
    ![...document.fonts].some((font) => font.status === "error");
  const look = async () => {
    const arriving = document.readyState !== "complete";
    if (arriving && performance.now() - began < 60000) return;
    if (!arriving && whole()) {
      bad = 0;
      good += 1;
      if (good === LASTING) sessionStorage.removeItem(TIMES);
      return;
    }
    [bad, good] = [bad + 1, 0];
    const times = Number(sessionStorage.getItem(TIMES));
    if (bad < 2 ** Math.min(times + 1, 5)) return;
    const reply = await fetch(location.href, { cache: "no-store" }).catch(() => null);
    if (!reply?.ok || reply.redirected || !(await reply.text()).includes('"lightkeeper-page"')) return;
    if (!arriving && whole()) return;
    sessionStorage.setItem(TIMES, times + 1);
    location.reload();
  };
  setInterval(look, 10000);
})();
</script>"""
