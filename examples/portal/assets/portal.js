// The Copy and Print buttons. Everything else works without a script, so the buttons stay hidden until this one runs.
"use strict";

const copy = document.querySelector("[data-copy]");
if (copy && navigator.clipboard) {
  const said = document.getElementById("copied");
  copy.hidden = false;
  copy.addEventListener("click", async () => {
    const codes = Array.from(document.querySelectorAll(copy.dataset.copy), (code) => code.textContent);
    try {
      await navigator.clipboard.writeText(codes.join("\n") + "\n");
      said.textContent = "Copied.";
    } catch {
      said.textContent = "The browser did not allow copying. Please use Download.";
    }
  });
}

const print = document.querySelector("[data-print]");
if (print) {
  print.hidden = false;
  print.addEventListener("click", () => window.print());
}
