<?php
// For PHP's own web server: files as they are, everything else through WordPress.
$site = getenv('WP_TEST_SITE');
$path = parse_url($_SERVER['REQUEST_URI'], PHP_URL_PATH);
if (str_starts_with($path, '/wp-content/') && !str_contains($path, '..')) {
    $file = getenv('WP_TEST_CONTENT') . substr($path, strlen('/wp-content'));
    if (is_file($file)) {
        header('Content-Type: ' . mime_content_type($file));
        readfile($file);
        return true;
    }
}
if ($path !== '/' && is_file($site . $path)) {
    return false;
}
chdir($site);
$_SERVER['SCRIPT_NAME'] = '/index.php';
require $site . '/index.php';
