/** Long enough for a browser to begin saving. */
const keptMs = 60_000

/** Makes the browser save a text as a file. */
export const save = (name: string, type: string, text: string): void => {
  const anchor = document.createElement('a')
  anchor.href = URL.createObjectURL(new Blob([text], { type }))
  anchor.download = name
  anchor.click()
  setTimeout(() => URL.revokeObjectURL(anchor.href), keptMs)
}
