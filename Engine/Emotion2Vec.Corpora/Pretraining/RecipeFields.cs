using System.Globalization;
using System.Reflection;
using System.Text.Json;

namespace Emotion2Vec.Corpora.Pretraining;

/// <summary>The fields of a recipe under their names in files: <c>sizes: {feed_forward_ratio: 4}</c>.</summary>
internal static class RecipeFields
{
    /// <summary>Those of one record, in the order of its declaration.</summary>
    internal static IEnumerable<(string Key, PropertyInfo Property)> Of(Type record) =>
        record.GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(p => p.CanWrite).Select(p => (Snake(p.Name), p));

    /// <summary>The values of an enumeration.</summary>
    internal static string[] Values(Type enumeration) => [.. Enum.GetNames(enumeration).Select(Snake)];

    internal static string Snake(string name) => JsonNamingPolicy.SnakeCaseLower.ConvertName(name);

    /// <summary>What differs between two recipes: <c>objective.utterance_loss none, updates 200</c>; an empty text where nothing does.</summary>
    internal static string Difference(PretrainRecipe recipe, PretrainRecipe usual) => string.Join(", ", Of(typeof(PretrainRecipe)).SelectMany(field =>
    {
        var (mine, theirs) = (field.Property.GetValue(recipe)!, field.Property.GetValue(usual)!);
        if (Equals(mine, theirs)) return [];
        if (field.Property.PropertyType.IsValueType) return [$"{field.Key} {Text(mine)}"];
        return Of(field.Property.PropertyType)
            .Where(inner => !Equals(inner.Property.GetValue(mine), inner.Property.GetValue(theirs)))
            .Select(inner => $"{field.Key}.{inner.Key} {Text(inner.Property.GetValue(mine)!)}");
    }));

    private static string Text(object value) => value is Enum name ? Snake(name.ToString()) : Convert.ToString(value, CultureInfo.InvariantCulture)!;
}
