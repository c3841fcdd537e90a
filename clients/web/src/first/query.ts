export { session } from "@/api/client"
export { createQueryClient } from "@/api/query-client"
