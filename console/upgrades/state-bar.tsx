import Button from '@cloudscape-design/components/button'
import SpaceBetween from '@cloudscape-design/components/space-between'
import type { Campaign, UpgradeState } from '../api/records.ts'
import { count } from '../words/quantities.ts'
import { statesInOrder, upgradeStates } from './upgrade-states.tsx'

type Props = {
  states: Campaign['states']
  chosen: UpgradeState | undefined
  choose: (state: UpgradeState) => void
}

/** A campaign's devices by state: a bar with a legend. Each part filters the devices below. */
export const StateBar = ({ states, chosen, choose }: Props) => {
  const present = statesInOrder.filter((state) => states[state] > 0)
  const all = present.reduce((sum, state) => sum + states[state], 0)
  return (
    <SpaceBetween size="s">
      <div className="state-bar">
        {present.map((state) => (
          <button
            key={state}
            type="button"
            className={`state-${state}`}
            style={{ flexGrow: states[state] / all }}
            aria-label={`${upgradeStates[state].text}: ${count(states[state], 'device')}`}
            onClick={() => choose(state)}
          />
        ))}
      </div>
      <SpaceBetween direction="horizontal" size="xs">
        {present.map((state) => (
          <Button key={state} variant={state === chosen ? 'normal' : 'link'} onClick={() => choose(state)}>
            <span className={`state-swatch state-${state}`} />
            {upgradeStates[state].text} {states[state].toLocaleString('en')}
          </Button>
        ))}
      </SpaceBetween>
    </SpaceBetween>
  )
}
