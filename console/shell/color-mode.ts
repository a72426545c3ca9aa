import { applyMode, Mode } from '@cloudscape-design/global-styles'

/** Light or dark: what the person chose, else what the system has. */
export type ColorMode = 'light' | 'dark'

const key = 'groundcrew.color-mode'

const chosen = (): ColorMode | undefined => {
  const value = localStorage.getItem(key)
  return value === 'light' || value === 'dark' ? value : undefined
}

/** The mode of this page at its start. */
export const startingMode = (): ColorMode =>
  chosen() ?? (matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light')

export const showMode = (mode: ColorMode): void => {
  applyMode(mode === 'dark' ? Mode.Dark : Mode.Light)
  document.documentElement.style.colorScheme = mode
  // Whoever else's styles know a dark mode go by this.
  document.documentElement.classList.toggle('dark-mode', mode === 'dark')
}

/** Shows a mode and remembers it. */
export const chooseMode = (mode: ColorMode): void => {
  localStorage.setItem(key, mode)
  showMode(mode)
}
