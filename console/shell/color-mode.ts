import { applyMode, Mode } from '@cloudscape-design/global-styles'

/** Light or dark: the user's choice, otherwise the system's. */
export type ColorMode = 'light' | 'dark'

const key = 'groundcrew.color-mode'

const chosen = (): ColorMode | undefined => {
  const value = localStorage.getItem(key)
  return value === 'light' || value === 'dark' ? value : undefined
}

/** The initial mode of this page. */
export const startingMode = (): ColorMode =>
  chosen() ?? (matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light')

export const showMode = (mode: ColorMode): void => {
  applyMode(mode === 'dark' ? Mode.Dark : Mode.Light)
  document.documentElement.style.colorScheme = mode
  // For third-party styles with a dark mode.
  document.documentElement.classList.toggle('dark-mode', mode === 'dark')
}

/** Applies a mode and stores it. */
export const chooseMode = (mode: ColorMode): void => {
  localStorage.setItem(key, mode)
  showMode(mode)
}
