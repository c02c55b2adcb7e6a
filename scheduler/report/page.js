(function () {
  "use strict";
  var root = document.documentElement;
  root.classList.add("js");
  var whole = document.body.classList.contains("print-all");
  var folds = function () {
    return Array.prototype.slice.call(document.querySelectorAll(whole ? "details" : "details.person, details.fold"));
  };
  var people = function () { return document.querySelectorAll("details.person"); };
  function setAll(open) { people().forEach(function (one) { one.open = open; }); }
  document.getElementById("open-all").addEventListener("click", function () { setAll(true); });
  document.getElementById("close-all").addEventListener("click", function () { setAll(false); });

  var opened = [];
  window.addEventListener("beforeprint", function () {
    opened = folds().filter(function (one) { return !one.open; });
    opened.forEach(function (one) { one.open = true; });
  });
  window.addEventListener("afterprint", function () {
    opened.forEach(function (one) { one.open = false; });
    opened = [];
    document.body.classList.remove("print-one");
    document.querySelectorAll(".to-print").forEach(function (one) { one.classList.remove("to-print"); });
  });

  function printAlone(id) {
    var wanted = document.getElementById(id);
    document.body.classList.add("print-one");
    for (var one = wanted; one && one.tagName !== "MAIN"; one = one.parentElement) { one.classList.add("to-print"); }
    wanted.querySelectorAll(":scope > *").forEach(function (one) { one.classList.add("to-print"); });
    window.print();
  }
  document.querySelectorAll("button.print-one").forEach(function (button) {
    button.addEventListener("click", function () { printAlone(button.dataset.print); });
  });

  function reveal() {
    var id = location.hash.slice(1);
    var target = id && document.getElementById(id);
    if (target && target.matches("details")) {
      target.open = true;
      target.scrollIntoView();
    }
  }
  window.addEventListener("hashchange", reveal);
  document.addEventListener("click", function (event) {
    var link = event.target.closest && event.target.closest("a[href='" + location.hash + "']");
    if (link && location.hash) { reveal(); }
  });
  reveal();

  function tell(event) {
    var lane = event.target.closest && event.target.closest(".lane");
    if (!lane) { return; }
    lane.closest("figure").querySelector(".why").textContent = lane.getAttribute("aria-label");
  }
  document.addEventListener("focusin", tell);
  document.addEventListener("mouseover", tell);

  var find = document.getElementById("find");
  find.addEventListener("input", function () {
    var wanted = find.value.trim().toLowerCase();
    document.querySelectorAll("#cohort-table tbody tr").forEach(function (row) {
      row.hidden = wanted !== "" && row.textContent.toLowerCase().indexOf(wanted) < 0;
    });
  });
})();
