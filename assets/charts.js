export default function (component) {
	followTheme(component);
	readByKeys(component);
}
