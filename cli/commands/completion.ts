import { Argument, type CommandUnknownOpts } from '@commander-js/extra-typings'
import type { Program } from '../command.ts'

/** Completion for shells: each calls us for the candidates, so it always matches this version. */

const scripts = {
  bash: `_groundcrew() {
  local IFS=$'\\n'
  COMPREPLY=($(compgen -W "$(groundcrew __complete -- "\${COMP_WORDS[@]:1:COMP_CWORD-1}" 2>/dev/null)" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -o default -F _groundcrew groundcrew
`,
  zsh: `#compdef groundcrew
_groundcrew() {
  local -a found
  found=("\${(@f)$(groundcrew __complete -- "\${(@)words[2,CURRENT-1]}" 2>/dev/null)}")
  found=("\${(@)found:#}")
  (( \${#found} )) && compadd -a found || _files
}
compdef _groundcrew groundcrew
`,
  fish: `complete -c groundcrew -f -a '(groundcrew __complete -- (commandline -opc)[2..] 2>/dev/null)'
`,
} as const

const where = `
  bash   groundcrew completion bash >> ~/.bashrc
  zsh    groundcrew completion zsh > "\${fpath[1]}/_groundcrew"
  fish   groundcrew completion fish > ~/.config/fish/completions/groundcrew.fish
`

/** The candidates after these words. */
export const candidates = (root: CommandUnknownOpts, words: readonly string[]): string[] => {
  let at = root
  let before: string | undefined
  for (const word of words) {
    at = at.commands.find((one) => one.name() === word) ?? at
    before = word
  }
  const options = [...at.options, ...(at === root ? [] : root.options)]
  const valued = options.find(
    ({ long, short, required }) => required && before !== undefined && [long, short].includes(before),
  )
  if (valued) return [...(valued.argChoices ?? [])]
  const commands = at.commands.map((one) => one.name()).filter((name) => !name.startsWith('__'))
  const choices = at.registeredArguments.flatMap(({ argChoices = [] }) => argChoices)
  const used = new Set(words)
  const flags = options.flatMap(({ long }) => (long && !used.has(long) ? [long] : []))
  return [...commands, ...choices, ...flags, '--help']
}

export const addCompletion = ({ command, root }: Program): void => {
  const print = (text: string): void => root().configureOutput().writeOut?.(text)
  command('completion')
    .description('What a shell needs to complete commands and options')
    .addArgument(new Argument('<shell>').choices(['bash', 'zsh', 'fish'] as const))
    .addHelpText('after', where)
    .action((shell) => print(scripts[shell]))
  root()
    .command('__complete', { hidden: true })
    .argument('[words...]')
    .action((words) =>
      print(
        candidates(root(), words)
          .map((word) => `${word}\n`)
          .join(''),
      ),
    )
}
