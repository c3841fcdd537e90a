-- What lists and the collection of unused media look up.

-- The calendar: posts of a workspace by their time.
CREATE INDEX post_by_schedule ON post (workspace_id, scheduled_at, id) WHERE NOT deleted AND scheduled_at IS NOT NULL;

-- Who uses an image. Only rows with media are in these, so that text-only posts pay nothing.
CREATE INDEX post_media ON post USING gin (media jsonb_path_ops) WHERE media <> '[]'::jsonb;
CREATE INDEX delivery_media ON delivery USING gin (media jsonb_path_ops) WHERE media <> '[]'::jsonb;

-- Files are shared by content.
CREATE INDEX media_by_content ON media (sha256);
