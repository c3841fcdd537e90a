<?php
// The site of a test: where it is and where its data lives comes from the environment that `start` sets.
define('DB_NAME', 'wp');
define('DB_USER', getenv('WP_TEST_DB_USER'));
define('DB_PASSWORD', '');
define('DB_HOST', 'localhost:' . getenv('WP_TEST_DB_SOCKET'));
define('DB_CHARSET', 'utf8mb4');
define('DB_COLLATE', '');
foreach (['AUTH', 'SECURE_AUTH', 'LOGGED_IN', 'NONCE'] as $name) {
    define($name . '_KEY', 'test-' . $name . '-key');
    define($name . '_SALT', 'test-' . $name . '-salt');
}
$table_prefix = 'wp_';
define('WP_HOME', getenv('WP_TEST_URL'));
define('WP_SITEURL', getenv('WP_TEST_URL'));
define('WP_CONTENT_DIR', getenv('WP_TEST_CONTENT'));
define('WP_CONTENT_URL', getenv('WP_TEST_URL') . '/wp-content');
define('WP_ENVIRONMENT_TYPE', 'local'); // application passwords over plain http
define('DISABLE_WP_CRON', true);
define('AUTOMATIC_UPDATER_DISABLED', true);
define('WP_HTTP_BLOCK_EXTERNAL', true);
if (!defined('ABSPATH')) {
    define('ABSPATH', __DIR__ . '/');
}
require_once ABSPATH . 'wp-settings.php';
