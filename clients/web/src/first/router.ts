export { createBrowserRouter, RouterProvider } from "react-router"
