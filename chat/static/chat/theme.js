// Runs before anything is shown, so that a page in the other colours never flashes up. No module: modules wait.
try {
  const theme = localStorage.getItem("imsite.theme")
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme
} catch { /* as the system has it */ }
