/** What we use of Eleventy, which brings no types. https://www.11ty.dev/docs/programmatic/ */
declare module '@11ty/eleventy' {
  interface Token {
    type: string
    content: string
    children: Token[] | null
    attrSet(name: string, value: string): void
  }

  interface MarkdownIt {
    core: { ruler: { push(name: string, rule: (state: { tokens: Token[] }) => void): void } }
  }

  /** `inputPath` begins with `./`. */
  interface Page {
    inputPath: string
    outputPath: string | false
  }

  export interface Config {
    setTemplateFormats(formats: string[]): void
    setQuietMode(isQuiet: boolean): void
    addWatchTarget(path: string): void
    addGlobalData(name: string, value: unknown): void
    addPreprocessor(
      name: string,
      extensions: string,
      preprocess: (data: { page: Page }, content: string) => string | false,
    ): void
    addTransform(name: string, transform: (this: { page: Page }, content: string) => string): void
    amendLibrary(name: 'md', amend: (library: MarkdownIt) => void): void
    on(event: 'eleventy.after', listener: () => void | Promise<void>): void
  }

  export default class Eleventy {
    constructor(
      input: string,
      output: string,
      options: { quietMode: boolean; configPath: string; config: (config: Config) => unknown },
    )
    init(): Promise<void>
    write(): Promise<unknown>
    watch(): Promise<void>
    stopWatch(): Promise<void>
  }
}
