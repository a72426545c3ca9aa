/** Stories of people at the console, one after another in one browser: each has a backend of its own. */
import './stories/alarms.ts'
import './stories/campaigns.ts'
import './stories/collections.ts'
import './stories/connect.ts'
import './stories/docs.ts'
import './stories/overview.ts'
import './stories/traffic.ts'
import './stories/webhooks.ts'
