/* The field's codes in the words of walls, as dashboard/components/terms.py has them. */
(() => {
  const lk = (window.lightkeeper ??= {});
  if (lk.page.kind !== "wall") return;
  const { t } = lk;

  const CATEGORY = {
    fault_report: () => t("fault report"),
    complaint: () => t("complaint"),
    report: () => t("report of misconduct"),
    opinion: () => t("opinion"),
    suggestion: () => t("suggestion"),
    enquiry: () => t("enquiry"),
    service_application: () => t("service application"),
    urging: () => t("urging"),
    praise: () => t("praise"),
    query: () => t("query"),
    proactive_repair: () => t("proactive repair"),
    other: () => t("other"),
  };

  /** A category by its code; a class of the source's own as it stands; undefined for none. */
  lk.categoryWord = (code) => CATEGORY[code]?.() ?? (code || undefined);
})();
