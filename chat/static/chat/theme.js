// Runs before anything is shown, so that a page in the other colours never flashes up. No module: modules wait.
function showTheme() {
  const { dataset } = document.documentElement
  try {
    const theme = localStorage.getItem("imsite.theme")
    if (theme === "light" || theme === "dark") dataset.theme = theme
    else delete dataset.theme
  } catch { /* as the system has it */ }
}

showTheme()
window.addEventListener("storage", ({ key }) => { if (key === "imsite.theme") showTheme() }) // chosen in another tab
