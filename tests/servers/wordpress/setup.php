<?php
// Installs the blog and prints a fresh application password of its one user. Argument: the folder of WordPress.
define('WP_INSTALLING', true);
$_SERVER['HTTP_HOST'] = parse_url(getenv('WP_TEST_URL'), PHP_URL_HOST) . ':' . parse_url(getenv('WP_TEST_URL'), PHP_URL_PORT);
$_SERVER['REQUEST_METHOD'] = 'GET';
$_SERVER['SERVER_PROTOCOL'] = 'HTTP/1.1';
require $argv[1] . '/wp-load.php';
require ABSPATH . 'wp-admin/includes/upgrade.php';

function wp_new_blog_notification(...$ignored) {} // no mail

ob_start();
wp_install('Test', 'admin', 'admin@example.com', true, '', 'adminpw');
update_option('permalink_structure', '/%postname%/');
flush_rewrite_rules(false);
$user = get_user_by('login', 'admin');
[$password] = WP_Application_Passwords::create_new_application_password($user->ID, ['name' => 'test']);
ob_end_clean();
echo $password, "\n";
