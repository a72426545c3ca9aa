import AppLayoutToolbar from '@cloudscape-design/components/app-layout-toolbar'
import BreadcrumbGroup from '@cloudscape-design/components/breadcrumb-group'
import Flashbar from '@cloudscape-design/components/flashbar'
import SideNavigation from '@cloudscape-design/components/side-navigation'
import Spinner from '@cloudscape-design/components/spinner'
import { type MouseEvent, Suspense, useState, useSyncExternalStore } from 'react'
import { Outlet, useLocation, useMatches, useNavigate } from 'react-router'
import * as z from 'zod/mini'
import { connection } from '../api/connection.ts'
import type { Grants } from '../session/grants.ts'
import { useSession } from '../session/session.tsx'
import { escaped } from '../words/foreign.tsx'
import { useMatch } from './narrow.ts'
import { useNotifications } from './notifications.tsx'
import { TopBar } from './top-bar.tsx'

const webhooks = { type: 'link' as const, text: 'Webhooks', href: '/webhooks' }

/** Users who may not see webhooks get no link to them. */
const navigationFor = ({ may }: Grants) => [
  { type: 'link' as const, text: 'Overview', href: '/' },
  {
    type: 'section-group' as const,
    title: 'Remote logs',
    items: [
      { type: 'link' as const, text: 'Docks', href: '/docks' },
      { type: 'link' as const, text: 'Alarms', href: '/alarms' },
      { type: 'link' as const, text: 'Upload history', href: '/uploads' },
      { type: 'link' as const, text: 'Collections', href: '/collections' },
      { type: 'link' as const, text: 'Connect docks', href: '/connect' },
    ],
  },
  {
    type: 'section-group' as const,
    title: 'Upgrades',
    items: [
      { type: 'link' as const, text: 'Campaigns', href: '/campaigns' },
      { type: 'link' as const, text: 'Packages', href: '/packages' },
      { type: 'link' as const, text: 'Devices', href: '/devices' },
    ],
  },
  {
    type: 'section-group' as const,
    title: 'Integration',
    items: [
      ...(may('admin') ? [webhooks] : []),
      { type: 'link' as const, text: 'Rejected messages', href: '/rejected-messages' },
      { type: 'link' as const, text: 'API', href: '/docs' },
    ],
  },
]

/** A route's breadcrumbs; `:name` is a parameter of its path. */
const Handle = z.object({ crumbs: z.array(z.object({ text: z.string(), href: z.string() })) })

const filled = (text: string, params: Readonly<Record<string, string | undefined>>): string =>
  text.replace(/:(\w+)/g, (_, name: string) => params[name] ?? '')

const useCrumbs = () => {
  const match = useMatches().at(-1)
  const handle = Handle.safeParse(match?.handle)
  if (!match || !handle.success) return []
  return handle.data.crumbs.map(({ text, href }) => ({
    text: escaped(filled(text, match.params)),
    href: filled(href, match.params),
  }))
}

/**
 * Follows links within the console without reloading the page; those of Cloudscape's components are plain
 * anchors.
 */
const useInnerLinks = () => {
  const navigate = useNavigate()
  return (event: MouseEvent) => {
    const anchor = event.target instanceof Element ? event.target.closest('a') : null
    const href = anchor?.getAttribute('href')
    const isPlain = event.button === 0 && !event.ctrlKey && !event.metaKey && !event.shiftKey && !event.altKey
    if (!isPlain || anchor?.target || !href?.startsWith('/') || event.defaultPrevented) return
    event.preventDefault()
    navigate(href)
  }
}

const connectionNotice = {
  id: 'connection',
  type: 'warning' as const,
  loading: true,
  header: 'The connection to the backend is lost',
  content: 'What you see may be out of date. This page connects again by itself.',
}

const Notices = () => {
  const isLost = useSyncExternalStore(connection.subscribe, connection.isLost)
  const { items } = useNotifications()
  return <Flashbar items={[...(isLost ? [connectionNotice] : []), ...items]} />
}

const roomy = matchMedia('(min-width: 901px)')

/**
 * The navigation is open on wide windows, unless the user has closed it. Closing it in a narrow window, where
 * the layout does so itself, does not count for a wide one.
 */
const useNavigation = (): [boolean, (isOpen: boolean) => void] => {
  const isRoomy = useMatch(roomy)
  const [wish, setWish] = useState<{ isRoomy: boolean; isOpen: boolean }>()
  const isOpen = wish?.isRoomy === isRoomy ? wish.isOpen : isRoomy
  return [isOpen, (wished) => setWish({ isRoomy: roomy.matches, isOpen: wished })]
}

/** The frame of every page. */
export const Layout = () => {
  const [open, setOpen] = useNavigation()
  const { grants } = useSession()
  const { pathname } = useLocation()
  const crumbs = useCrumbs()
  const follow = useInnerLinks()
  const section = crumbs[0]?.href ?? pathname
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions lint/a11y/useKeyWithClickEvents: the anchors inside are what is reached and pressed; this only hears of it
    <div onClick={follow}>
      <button type="button" className="skip" onClick={() => document.getElementById('page')?.focus()}>
        Skip to the page
      </button>
      <TopBar />
      <AppLayoutToolbar
        headerSelector="#top-bar"
        navigationOpen={open}
        onNavigationChange={({ detail }) => setOpen(detail.open)}
        navigation={
          <SideNavigation
            activeHref={section}
            header={{
              href: '/',
              text: grants.fleets ? `Fleet ${escaped(grants.fleets.join(', '))}` : 'All fleets',
            }}
            items={navigationFor(grants)}
          />
        }
        breadcrumbs={crumbs.length > 0 ? <BreadcrumbGroup items={crumbs} /> : undefined}
        notifications={<Notices />}
        stickyNotifications
        toolsHide
        content={
          <div id="page" tabIndex={-1}>
            <Suspense fallback={<Spinner size="large" />}>
              <Outlet />
            </Suspense>
          </div>
        }
      />
    </div>
  )
}
