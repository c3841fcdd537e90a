import type { StorybookConfig } from "@storybook/react-vite"

// Every state of every organism, alone. Asks no server for anything: neither to build nor to look at.
const config: StorybookConfig = {
  framework: "@storybook/react-vite",
  stories: ["../src/organisms/*.stories.tsx"],
  staticDirs: ["../public"],
  core: { disableTelemetry: true, disableWhatsNewNotifications: true, enableCrashReports: false },
}
export default config
