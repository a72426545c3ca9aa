import { createBrowserRouter, type RouteObject } from 'react-router'
import { FailedPage, UnknownPage } from './shell/failed-page.tsx'
import { Layout } from './shell/layout.tsx'

const docks = { text: 'Docks', href: '/docks' }
const history = { text: 'Upload history', href: '/uploads' }
const campaigns = { text: 'Campaigns', href: '/campaigns' }
const packages = { text: 'Packages', href: '/packages' }
const devices = { text: 'Devices', href: '/devices' }
const collections = { text: 'Collections', href: '/collections' }
const webhooks = { text: 'Webhooks', href: '/webhooks' }
const dock = { text: ':dockSn', href: '/docks/:dockSn' }

const pages: RouteObject[] = [
  {
    path: '/',
    element: <Layout />,
    errorElement: <FailedPage />,
    hydrateFallbackElement: <></>,
    children: [
      {
        // The layout stays if the page itself fails.
        errorElement: <FailedPage />,
        children: [
          {
            index: true,
            lazy: async () => ({ Component: (await import('./overview/overview-page.tsx')).OverviewPage }),
            handle: { crumbs: [] },
          },
          {
            path: 'docks',
            lazy: async () => ({ Component: (await import('./docks/docks-page.tsx')).DocksPage }),
            handle: { crumbs: [docks] },
          },
          {
            path: 'docks/:dockSn',
            lazy: async () => ({ Component: (await import('./docks/dock-page.tsx')).DockPage }),
            handle: { crumbs: [docks, dock] },
          },
          {
            path: 'docks/:dockSn/uploads/:id',
            lazy: async () => ({ Component: (await import('./uploads/upload-page.tsx')).UploadPage }),
            handle: { crumbs: [docks, dock, { text: 'Upload', href: '/docks/:dockSn/uploads/:id' }] },
          },
          {
            path: 'docks/:dockSn/alarms',
            lazy: async () => ({ Component: (await import('./alarms/dock-alarms-page.tsx')).DockAlarmsPage }),
            handle: { crumbs: [docks, dock, { text: 'Alarms', href: '/docks/:dockSn/alarms' }] },
          },
          {
            path: 'alarms',
            lazy: async () => ({ Component: (await import('./alarms/alarms-page.tsx')).AlarmsPage }),
            handle: { crumbs: [{ text: 'Alarms', href: '/alarms' }] },
          },
          {
            path: 'connect',
            lazy: async () => ({ Component: (await import('./connect/connect-page.tsx')).ConnectPage }),
            handle: { crumbs: [{ text: 'Connect docks', href: '/connect' }] },
          },
          {
            path: 'uploads',
            lazy: async () => ({ Component: (await import('./uploads/history-page.tsx')).HistoryPage }),
            handle: { crumbs: [history] },
          },
          {
            path: 'collections',
            lazy: async () => ({
              Component: (await import('./collections/collections-page.tsx')).CollectionsPage,
            }),
            handle: { crumbs: [collections] },
          },
          {
            path: 'collections/:id',
            lazy: async () => ({
              Component: (await import('./collections/collection-page.tsx')).CollectionPage,
            }),
            handle: { crumbs: [collections, { text: ':id', href: '/collections/:id' }] },
          },
          {
            path: 'new-collection',
            lazy: async () => ({
              Component: (await import('./collections/new-collection-page.tsx')).NewCollectionPage,
            }),
            handle: { crumbs: [collections, { text: 'Settings', href: '/new-collection' }] },
          },
          {
            path: 'campaigns',
            lazy: async () => ({ Component: (await import('./upgrades/campaigns-page.tsx')).CampaignsPage }),
            handle: { crumbs: [campaigns] },
          },
          {
            path: 'campaigns/:id',
            lazy: async () => ({ Component: (await import('./upgrades/campaign-page.tsx')).CampaignPage }),
            handle: { crumbs: [campaigns, { text: ':id', href: '/campaigns/:id' }] },
          },
          {
            path: 'new-campaign',
            lazy: async () => ({
              Component: (await import('./rollout/wizard/new-campaign-page.tsx')).NewCampaignPage,
            }),
            handle: { crumbs: [campaigns, { text: 'Create a campaign', href: '/new-campaign' }] },
          },
          {
            path: 'packages',
            lazy: async () => ({ Component: (await import('./packages/packages-page.tsx')).PackagesPage }),
            handle: { crumbs: [packages] },
          },
          {
            path: 'packages/:id',
            lazy: async () => ({ Component: (await import('./packages/package-page.tsx')).PackagePage }),
            handle: { crumbs: [packages, { text: ':id', href: '/packages/:id' }] },
          },
          {
            path: 'devices',
            lazy: async () => ({ Component: (await import('./upgrades/devices-page.tsx')).DevicesPage }),
            handle: { crumbs: [devices] },
          },
          {
            path: 'devices/:deviceId',
            lazy: async () => ({ Component: (await import('./upgrades/device-page.tsx')).DevicePage }),
            handle: { crumbs: [devices, { text: ':deviceId', href: '/devices/:deviceId' }] },
          },
          {
            path: 'webhooks',
            lazy: async () => ({ Component: (await import('./webhooks/webhooks-page.tsx')).WebhooksPage }),
            handle: { crumbs: [webhooks] },
          },
          {
            path: 'webhooks/:id',
            lazy: async () => ({ Component: (await import('./webhooks/webhook-page.tsx')).WebhookPage }),
            handle: { crumbs: [webhooks, { text: ':id', href: '/webhooks/:id' }] },
          },
          {
            path: 'rejected-messages',
            lazy: async () => ({ Component: (await import('./rejected/rejected-page.tsx')).RejectedPage }),
            handle: { crumbs: [{ text: 'Rejected messages', href: '/rejected-messages' }] },
          },
          {
            path: 'docs',
            lazy: async () => ({ Component: (await import('./docs/docs-page.tsx')).DocsPage }),
            handle: { crumbs: [{ text: 'API', href: '/docs' }] },
          },
          { path: '*', element: <UnknownPage /> },
        ],
      },
    ],
  },
]

/**
 * Every page of the console; each is loaded when it is first opened. Created after the sign-in: from then on
 * it handles the address, which until then may belong to a sign-in in progress.
 */
export const openRouter = () => createBrowserRouter(pages)
