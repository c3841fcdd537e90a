export { createTranslator } from "@/i18n/translator"
export { cn } from "@/lib/cn"
