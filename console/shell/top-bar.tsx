import TopNavigation, { type TopNavigationProps } from '@cloudscape-design/components/top-navigation'
import { useState } from 'react'
import { useSession } from '../session/session.tsx'
import { escaped } from '../words/foreign.tsx'
import { chooseMode, startingMode } from './color-mode.ts'

/** The product's name, the color mode, and the signed-in user. */
export const TopBar = () => {
  const { name: given, signOut } = useSession()
  const name = escaped(given)
  const [mode, setMode] = useState(startingMode)
  const other = mode === 'dark' ? 'light' : 'dark'
  const switchMode = () => {
    chooseMode(other)
    setMode(other)
  }
  const person: TopNavigationProps.Utility = signOut
    ? {
        type: 'menu-dropdown',
        text: name,
        iconName: 'user-profile',
        ariaLabel: `Signed in as ${name}`,
        items: [{ id: 'sign-out', text: 'Sign out' }],
        onItemClick: () => void signOut(),
      }
    : {
        type: 'menu-dropdown',
        text: name,
        iconName: 'user-profile',
        items: [{ id: 'no-sign-in', text: 'No sign-in on this machine', disabled: true }],
      }
  return (
    <div id="top-bar">
      <TopNavigation
        identity={{ href: '/', title: 'Groundcrew', logo: { src: '/favicon.svg', alt: '' } }}
        utilities={[
          { type: 'button', text: other === 'dark' ? 'Dark mode' : 'Light mode', onClick: switchMode },
          person,
        ]}
      />
    </div>
  )
}
