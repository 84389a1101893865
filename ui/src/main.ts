// The main window's first script. The first frame stands in the page already, drawn when Peal was built; what makes it
// alive is fetched once that frame is on the screen, so that the window is there as early as an empty one would be.

import "./styles/base.css";

let begun = false;

function begin() {
  if (begun) return;
  begun = true;
  void import("./window");
}

// After the frame, not before it. A window that is not drawn yet, being behind others, must come alive all the same.
requestAnimationFrame(() => setTimeout(begin));
setTimeout(begin, 250);
